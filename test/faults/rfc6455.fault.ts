import { isDeepStrictEqual } from 'node:util';

import { describe, expect, it } from 'vitest';

import { type Case } from '../rfc6455/case.js';
import { AUTOBAHN_CASES, GROUPS, isOfAutobahn, saidTo } from '../rfc6455/groups.js';
import { Figures } from './support/figures.js';
import { scene } from './support/scene.js';

/** At a time. */
const LANES = 4;
/** No binary messages, too many fragments, too large. */
const BY_RULE = new Set([1003, 1008, 1009]);

describe('RFC 6455', () => {
  const here = scene();

  it('every case of the Autobahn test suite and our own, against the server as it is shipped', async (context) => {
    const figures = new Figures(context, 18);
    await here.start({ MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' });
    const port = Number(new URL(here.server.url).port);
    const cases = Object.values(GROUPS).flat();
    const waiting = [...cases];
    const wrong: string[] = [];

    const lane = async () => {
      for (let one = waiting.shift(); one; one = waiting.shift())
        if (!isDeepStrictEqual(await saidTo(port, one), one.answers)) wrong.push(`${one.id} ${one.title}`);
    };
    await Promise.all(Array.from({ length: LANES }, lane));

    expect(wrong).toEqual([]);
    figures.exactly('cases of the suite', cases.filter(isOfAutobahn).length, AUTOBAHN_CASES);
    figures.exactly('all cases answered as they must be', cases.length - wrong.length, cases.length);
    figures.measured('of the suite, answered by a rule of this server', cases.filter(isByRule).length);
  });
});

/** By its text-only dialect, or by a limit, where the suite has an echo. Group 7 is about the codes themselves. */
function isByRule(one: Case): boolean {
  const last = one.answers.at(-1);
  const closed = last !== undefined && 'close' in last ? last.close : 0;
  return isOfAutobahn(one) && !one.id.startsWith('7.') && BY_RULE.has(closed);
}
