import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { TestClient } from '../support/test-client.js';
import { Figures, LONG } from './support/figures.js';
import { sessionsOf, timeUntil } from './support/observed.js';
import { Dice } from './support/mutation.js';
import { scene } from './support/scene.js';
import { openFiles, residentMiB } from './support/server-memory.js';

const MINUTES = Number(process.env['MCP_GIT_FAULTS_SOAK_MINUTES'] ?? (LONG ? 120 : 0.5));
const CLIENTS = LONG ? 300 : 60;
/** The first part is spent on filling what has a bound: caches, pools, the heap's own spare room. */
const WARM_UP = 0.3;

describe('Time and churn', () => {
  const here = scene();

  it(
    `clients that come, work, come back and go for ${MINUTES} minutes: nothing grows`,
    async (context) => {
      const figures = new Figures(context, 32);
      await here.start({
        MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false',
        MCP_GIT_SESSIONS_RESUME_WINDOW: '5s',
        MCP_GIT_SESSIONS_SWEEP_INTERVAL: '1s',
      });
      // Pools, workers and connections of whoever asks for the metrics have come by then.
      await Promise.all(
        Array.from({ length: CLIENTS }, (_, index) => churn(new Dice(index), performance.now() + 2_000)),
      );
      await timeUntil(async () => (await sessionsOf(here.server)) === 0, 500);
      const files = openFiles(here.server.pid);
      const children = here.server.descendants().length;
      const until = performance.now() + MINUTES * 60_000;
      const samples: { readonly hours: number; readonly heap: number }[] = [];
      const startedAt = performance.now();

      const churning = Array.from({ length: CLIENTS }, (_, index) => churn(new Dice(index), until));
      const sampling = (async () => {
        while (performance.now() < until) {
          await pause(Math.min(5_000, MINUTES * 1_000));
          const hours = (performance.now() - startedAt) / 3_600_000;
          samples.push({ hours, heap: await heapMiB() });
        }
      })();
      const lives = (await Promise.all(churning)).reduce((sum, one) => sum + one, 0);
      await sampling;
      await timeUntil(async () => (await sessionsOf(here.server)) === 0, 500);

      const warm = samples.filter(({ hours }) => hours * 60 > MINUTES * WARM_UP);
      figures.atLeast('lives of clients', lives, CLIENTS);
      figures.exactly('sessions left', await sessionsOf(here.server), 0);
      // A connection that asked for the metrics is kept for some seconds.
      await Promise.race([timeUntil(() => openFiles(here.server.pid) <= files, 200), pause(10_000)]);
      figures.atMost('files more than before', openFiles(here.server.pid) - files, 0);
      figures.atMost('processes more than before', here.server.descendants().length - children, 0);
      figures.atMost('resident memory', residentMiB(here.server.pid), 400, 'MiB');
      // Half a minute says nothing of an hour.
      if (LONG) figures.atMost('growth of the least heap', slopeOfLeast(warm), 1, 'MiB an hour');
      expect(here.server.logs).not.toMatch(/leak suspected/i);
    },
    MINUTES * 60_000 + 120_000,
  );

  /** @returns how many sessions it had */
  const churn = async (dice: Dice, until: number): Promise<number> => {
    let lives = 0;
    while (performance.now() < until) {
      let client = await TestClient.begin(here.server.webSocketUrl);
      for (let step = 0; step < 4 && performance.now() < until; step += 1) {
        await here.call(client, dice.of(['git_log', 'git_branch', 'git_show']), {});
        await pause(dice.below(500));
        if (dice.below(3) > 0) continue;
        await client.cut();
        ({ client } = await TestClient.resume(here.server.webSocketUrl, client));
      }
      if (dice.below(2) === 0) await client.cut();
      else await client.close();
      lives += 1;
    }
    return lives;
  };

  const heapMiB = async (): Promise<number> => {
    const metrics = await (await fetch(`${here.server.url}/metrics`)).text();
    return Number(/^nodejs_heap_size_used_bytes(?:\{[^}]*\})? (\S+)$/m.exec(metrics)?.[1]) / 2 ** 20;
  };
});

/** The heap is least just after a collection, so the least of each tenth is a line without its teeth. */
function slopeOfLeast(samples: readonly { readonly hours: number; readonly heap: number }[]): number {
  const size = Math.max(1, Math.floor(samples.length / 10));
  const least = Array.from({ length: Math.floor(samples.length / size) }, (_, index) =>
    samples
      .slice(index * size, (index + 1) * size)
      .reduce((lowest, sample) => (sample.heap < lowest.heap ? sample : lowest)),
  );
  const slopes = least.flatMap((one, index) =>
    least.slice(index + 1).map((other) => (other.heap - one.heap) / (other.hours - one.hours)),
  );
  return slopes.toSorted((one, other) => one - other)[slopes.length >> 1] ?? 0;
}
