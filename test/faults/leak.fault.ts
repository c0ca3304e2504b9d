import { fileURLToPath } from 'node:url';

import { describe, it } from 'vitest';

import { AdminClient } from '../support/admin-client.js';
import { Figures } from './support/figures.js';
import { scene } from './support/scene.js';

const PLANTED = fileURLToPath(new URL('./support/planted-leak.mjs', import.meta.url));
const SUSPECTED_WITHIN_S = 900;
/** The scenario itself does not wait that long: what it collects in a second takes a minute where nobody forces it. */
const WAIT_S = 80;
const MESSAGES_PER_SECOND = 500;

describe('A planted leak', () => {
  const here = scene();

  it('a kilobyte of each message is kept: a leak is suspected, and what allocates it is named', async (context) => {
    const figures = new Figures(context, 33);
    await here.start({
      MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false',
      MCP_GIT_DIAGNOSTICS_SNAPSHOT_INTERVAL: '2s',
      NODE_OPTIONS: `--import=${PLANTED}`,
    });
    const load = await here.load(4);
    const admin = new AdminClient(here.server.url);
    const startedAt = performance.now();
    const seconds = () => (performance.now() - startedAt) / 1_000;
    let [suspectedAfter, namedAfter] = [Infinity, Infinity];

    while (namedAfter === Infinity && seconds() < WAIT_S) {
      await load.openLoop({ messages: [{ type: 'ping' }], seconds: 1 }, MESSAGES_PER_SECOND);
      const { verdict, figures: found } = await admin.finding('memory.leak');
      if (verdict === 'warning') suspectedAfter = Math.min(suspectedAfter, seconds());
      if (verdict === 'warning' && JSON.stringify(found).includes('plantedLeak')) namedAfter = seconds();
    }

    figures.atMost('suspected after', suspectedAfter, SUSPECTED_WITHIN_S, 's');
    figures.atMost('what allocates it is named after', namedAfter, SUSPECTED_WITHIN_S, 's');
  });
});
