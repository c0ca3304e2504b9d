import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestServer } from '../support/test-server.js';
import { AUTOBAHN_CASES, GROUPS, isOfAutobahn, saidTo } from './groups.js';

describe('RFC 6455, by the cases of the Autobahn test suite', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start({ settings: { resilience: { rateLimit: { enabled: false } } } as never });
  });

  afterAll(() => server.stop());

  it('has every case of the groups 1 to 7, 9 and 10', () => {
    const ids = Object.values(GROUPS)
      .flat()
      .filter(isOfAutobahn)
      .map(({ id }) => id);

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(AUTOBAHN_CASES);
  });

  describe.each(Object.entries(GROUPS))('%s', (_, cases) => {
    it.each(cases)('$id $title', async (one) => {
      expect(await saidTo(server.port, one)).toEqual(one.answers);
    });
  });
});
