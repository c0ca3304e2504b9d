import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestServer } from '../support/test-server.js';
import { type Case, echo } from './case.js';
import { CLOSE_CASES } from './cases/close.cases.js';
import { FRAGMENT_CASES } from './cases/fragments.cases.js';
import { FRAMING_CASES } from './cases/framing.cases.js';
import { LIMIT_CASES } from './cases/limit.cases.js';
import { UTF8_CASES } from './cases/utf8.cases.js';
import { RawConnection } from './raw-connection.js';

const GROUPS: Readonly<Record<string, readonly Case[]>> = {
  'Framing, pings, reserved bits and opcodes': FRAMING_CASES,
  Fragmentation: FRAGMENT_CASES,
  'UTF-8': UTF8_CASES,
  'The closing handshake': CLOSE_CASES,
  Limits: LIMIT_CASES,
};

/** Asked for after a case that leaves the connection open: nothing else is still to come before its answer. */
const END = 'the end';

describe('RFC 6455, by the cases of the Autobahn test suite', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start({ settings: { resilience: { rateLimit: { enabled: false } } } as never });
  });

  afterAll(() => server.stop());

  it('has every case of the groups 1 to 7, 9 and 10', () => {
    const ids = Object.values(GROUPS)
      .flat()
      .map(({ id }) => id)
      .filter((id) => /^\d/.test(id));

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(16 + 11 + 7 + 10 + 20 + 145 + 37 + 54 + 1);
  });

  describe.each(Object.entries(GROUPS))('%s', (_, cases) => {
    it.each(cases)('$id $title', async ({ send, chop, answers }) => {
      const connection = await RawConnection.open(server.port);

      await connection.send(typeof send === 'function' ? send() : send, chop);
      const said = await (answers.some((answer) => 'close' in answer)
        ? connection.toTheEnd()
        : connection.upTo(echo(END), END));

      expect(said).toEqual(answers);
      connection.destroy();
    });
  });
});
