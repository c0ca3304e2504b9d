import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { type Frame, type TestClient } from '../support/test-client.js';
import { ClientProcess } from './support/client-process.js';
import { Figures, LONG } from './support/figures.js';
import { sessionsOf, timeUntil } from './support/observed.js';
import { scene } from './support/scene.js';
import { processorSeconds, residentMiB } from './support/server-memory.js';

const UNLIMITED = { MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' };

describe('Load', () => {
  const here = scene(repositoryOfManyFiles);

  it('idle sessions: what one costs in memory, and all of them in processor time', async (context) => {
    const figures = new Figures(context, 11);
    const [processes, each] = LONG ? [2, 5_000] : [2, 1_000];
    await here.start({ MCP_GIT_MAX_CONCURRENT_SESSIONS: '12000', MCP_GIT_HEARTBEAT_INTERVAL: '10s' });
    const first = await here.connect();
    await first.request('ping');
    const before = residentMiB(here.server.pid);

    const startedAt = performance.now();
    for (let index = 0; index < processes; index += 1) {
      here.processes.push(await ClientProcess.start(here.server.webSocketUrl, each));
    }
    const opening = (performance.now() - startedAt) / 1_000;
    const perSession = ((residentMiB(here.server.pid) - before) * 1_024) / (processes * each);
    const used = processorSeconds(here.server.pid);
    await pause(5_000);
    const idle = (processorSeconds(here.server.pid) - used) / 5;

    figures.exactly('sessions', await sessionsOf(here.server), processes * each + 1);
    figures.atLeast('sessions opened a second', (processes * each) / opening, 200);
    figures.atMost('resident memory of a session', perSession, 25, 'KiB');
    figures.atMost('share of a core while they are idle', idle, 0.2);
  });

  it('five times more than it can do: as much is done as at its best, the rest is told when to come again', async (context) => {
    const figures = new Figures(context, 27);
    const seconds = LONG ? 60 : 5;
    await here.start({ ...UNLIMITED, MCP_GIT_RESILIENCE_MAX_QUEUED_OPERATIONS: '20' });
    const clients = await Promise.all(Array.from({ length: 8 }, () => here.connect()));
    const peak = await closedLoop(clients, 2, seconds);

    const { done, refused, unexpected } = await openLoop(clients, peak * 5, seconds);
    const took = await timeUntil(async () => (await here.call(clients[0]!, 'git_status')).type !== 'error');

    // Who asks five times as much as can be done shares two cores with the server here.
    figures.atLeast('done, as a share of the best', done / seconds / peak, 0.4);
    figures.atLeast('refused', refused, 1);
    figures.exactly('answers that are neither', unexpected, 0);
    figures.atMost('back to normal after', took, 10_000, 'ms');
  });

  it('a neighbour who asks for large diffs: the others are still served', async (context) => {
    const figures = new Figures(context, 28);
    const noisy = new GitRepository({ root: here.repository.root, name: 'noisy' });
    noisy.commitFiles('large', { 'large.txt': `${'0123456789abcdef'.repeat(8)}\n`.repeat(20_000) });
    noisy.write('large.txt', `${'fedcba9876543210'.repeat(8)}\n`.repeat(20_000));
    await here.start(UNLIMITED);
    const [quiet, loud] = [await here.connect(), await here.connect()];
    const usual = await medianTime(() => here.call(quiet, 'git_log'), 60);

    const asking = new AbortController();
    const loop = Array.from({ length: 4 }, async () => {
      while (!asking.signal.aborted) await here.call(loud, 'git_diff_unstaged', { repo_path: noisy.path });
    });
    const meanwhile = await medianTime(() => here.call(quiet, 'git_log'), 60);
    asking.abort();
    await Promise.all(loop);

    figures.atMost('median of the others, times its usual', meanwhile / usual, 12);
  });

  it('drain under load: what runs is answered, and every socket is told', async (context) => {
    const figures = new Figures(context, 6);
    await here.start({ ...UNLIMITED, MCP_GIT_RESILIENCE_MAX_CONCURRENT_OPERATIONS: '10' });
    const idle = await Promise.all(Array.from({ length: 450 }, () => here.connect()));
    const busy = await Promise.all(Array.from({ length: 50 }, () => here.connect()));
    await Promise.all(idle.map((client) => client.request('ping')));
    const running = busy.map((client) =>
      here.call(client, 'git_status').catch((error: unknown): Frame => ({ type: 'lost', error })),
    );
    await pause(30);

    const startedAt = performance.now();
    const ended = here.server.stop('SIGTERM');
    const unready = await timeUntil(async () => {
      const answer = await fetch(`${here.server.url}/health/ready`).catch(() => undefined);
      return answer?.status !== 200;
    }, 5);
    const [code, answers] = await Promise.all([ended, Promise.all(running)]);
    const took = performance.now() - startedAt;
    const all = [...idle, ...busy];
    await Promise.all(all.map((client) => client.closed ?? once(client.socket, 'close')));

    expect(code).toBe(0);
    const honest = answers.filter(
      ({ type, error }) => type === 'tools/call/result' || error?.recoverable === true,
    );
    figures.exactly('calls answered, or told to come again', honest.length, 50);
    figures.exactly(
      'sockets closed without a code',
      all.filter(({ closed }) => closed?.code === 1006).length,
      0,
    );
    figures.atMost('not ready after', unready, 1_500, 'ms');
    figures.atMost('ended after', took, 32_000, 'ms');
  });

  const closedLoop = async (clients: readonly TestClient[], inFlight: number, seconds: number) => {
    const until = performance.now() + seconds * 1_000;
    let done = 0;
    const loop = async (client: TestClient) => {
      while (performance.now() < until) {
        if ((await here.call(client, 'git_status')).type !== 'error') done += 1;
      }
    };
    await Promise.all(clients.flatMap((client) => Array.from({ length: inFlight }, () => loop(client))));
    return done / seconds;
  };

  const openLoop = async (clients: readonly TestClient[], rate: number, seconds: number) => {
    const counts = { done: 0, refused: 0, unexpected: 0 };
    const waiting: Promise<void>[] = [];
    const ask = async (client: TestClient) => {
      const { type, error } = await here.call(client, 'git_status');
      const refusal = error?.retry_after_ms > 0 ? 'refused' : 'unexpected';
      counts[type === 'error' ? refusal : 'done'] += 1;
    };
    const startedAt = performance.now();
    for (let sent = 0; performance.now() - startedAt < seconds * 1_000;) {
      for (const due = ((performance.now() - startedAt) / 1_000) * rate; sent < due; sent += 1) {
        waiting.push(ask(clients[sent % clients.length]!));
      }
      await pause(2);
    }
    await Promise.all(waiting);
    return counts;
  };
});

async function medianTime(run: () => Promise<unknown>, count: number): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    await run();
    times.push(performance.now() - startedAt);
  }
  return times.toSorted((one, other) => one - other)[count >> 1] ?? 0;
}

function repositoryOfManyFiles(): GitRepository {
  const repository = new GitRepository();
  repository.commitFiles(
    'many',
    Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`folder/file-${index}.txt`, `${index}\n`])),
  );
  return repository;
}
