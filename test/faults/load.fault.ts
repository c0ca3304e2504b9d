import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { type Frame } from '../support/test-client.js';
import { startBareServer } from './support/bare-server.js';
import { ClientProcess } from './support/client-process.js';
import { Figures, LONG } from './support/figures.js';
import { type LoadResult } from './support/load-process.js';
import { loopDelay, median, quantile, sessionsOf, sumOf, timeUntil } from './support/observed.js';
import { scene } from './support/scene.js';
import { processorSeconds, residentMiB } from './support/server-memory.js';
import { taking, type TakenProcessors } from './support/taken-processors.js';
import { tokenSettings } from './support/token-settings.js';

const UNLIMITED = { MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' };
const CLIENTS = 8;
/** As many as run at once: a write to each of four repositories, and reads. */
const IN_FLIGHT = { reads: 6, writes: 4 };
const PLACES = IN_FLIGHT.reads + IN_FLIGHT.writes;
const IDLE_SECONDS = 12;
const BARE_CONNECTIONS = 1_000;
const WAITING = 20;
const LOCK_TIMEOUT_MS = 5_000;
const SESSIONS = 8;
/** Of those who are busy when the server is asked to end. */
const WRITERS = 5;
/** The server goes away, or is started again. */
const GOING = new Set([1001, 1012]);

interface Round {
  /** Of reads, and of writes. */
  readonly best: readonly [LoadResult, LoadResult];
  readonly overload: readonly [LoadResult, LoadResult];
  readonly took: Readonly<Record<'best' | 'overload', TakenProcessors>>;
}

describe('Load', () => {
  const here = scene(repositoryOfManyFiles);
  const call = (name: string, args: object = {}) => ({
    type: 'tools/call',
    params: { name, arguments: { repo_path: here.repository.path, ...args } },
  });

  it('10,000 idle sessions: what one costs in memory, and all of them in processor time', async (context) => {
    const figures = new Figures(context, 11);
    const [processes, each, rate] = [2, 5_000, 250];
    await here.start({
      MCP_GIT_MAX_CONCURRENT_SESSIONS: '12000',
      MCP_GIT_HEARTBEAT_INTERVAL: '10s',
      MCP_GIT_GATEWAY_MAX_CONNECTIONS_PER_ADDRESS: '12000',
    });
    const bare = await connectedWithin(BARE_CONNECTIONS);
    // The first answer of a kind is slower than all others, and none of what sessions cost.
    await sessionsOf(here.server);
    const usual = await loopDelay(here.server, IDLE_SECONDS);
    const first = await here.connect();
    await first.request('ping');
    const before = residentMiB(here.server.pid);

    const coming = Array.from({ length: processes }, () =>
      ClientProcess.start(here.server.webSocketUrl, each, { rate }),
    );
    const clients = await Promise.all(coming);
    here.processes.push(...clients);
    const perSession = ((residentMiB(here.server.pid) - before) * 1_024) / (processes * each);
    const used = processorSeconds(here.server.pid);
    const delay = await loopDelay(here.server, IDLE_SECONDS);
    const idle = (processorSeconds(here.server.pid) - used) / IDLE_SECONDS;

    figures.exactly('sessions', await sessionsOf(here.server), processes * each + 1);
    const connected = Math.max(...clients.map(({ connectedWithinMs }) => connectedWithinMs));
    figures.atMost('p99 of a connection at 500 a second', connected, Math.max(250, 4 * bare), 'ms');
    figures.atMost('resident memory of a session', perSession, 25, 'KiB');
    figures.atMost('share of a core while they are idle', idle, 0.1);
    figures.measured('p99 of the delay of the event loop, which sends heartbeats to all', delay.p99, 'ms');
    figures.measured('longest delay of the event loop without them', usual.max, 'ms');
    figures.atMost(
      'longest delay of the event loop, which sends heartbeats to all',
      delay.max,
      Math.max(20, 2 * usual.max),
      'ms',
    );
  }, 120_000);

  it('five times more than it can do: as much is done as at its best, the rest is told when to come again', async (context) => {
    const figures = new Figures(context, 27);
    const seconds = LONG ? 20 : 2;
    await here.start({ ...UNLIMITED, MCP_GIT_RESILIENCE_MAX_QUEUED_OPERATIONS: String(WAITING) });
    const [reading, writing] = [await here.load(CLIENTS), await here.load(CLIENTS)];
    const calls = callsOnFour();
    const closed = (forSeconds: number) =>
      Promise.all([
        reading.closedLoop({ messages: calls.reads, seconds: forSeconds }, IN_FLIGHT.reads),
        writing.closedLoop({ messages: calls.writes, seconds: forSeconds }, IN_FLIGHT.writes),
      ]);
    await closed(1);

    const rounds: Round[] = [];
    while (rounds.length < 3) {
      const processes = [[reading, writing], here.server] as const;
      const [best, atBest] = await taking(...processes, () => closed(seconds));
      const [overload, inOverload] = await taking(...processes, () =>
        Promise.all([
          reading.openLoop({ messages: calls.reads, seconds }, best[0].perSecond * 5),
          writing.openLoop({ messages: calls.writes, seconds }, best[1].perSecond * 5),
        ]),
      );
      rounds.push({ best, overload, took: { best: atBest, overload: inOverload } });
    }
    const took = await timeUntil(async () => {
      const again = await closed(0.5);
      return sum(again, 'refused') === 0 && again[0].p50 <= 2 * median(rounds.map(({ best }) => best[0].p50));
    });
    const retries = await sumOf(here.server, 'mcp_git_operation_retries_total');

    // A call counts for the place that it took at best, when as many of its kind ran as can in an overload.
    const shares = rounds.map(
      ({ best, overload: [reads, writes] }) =>
        (IN_FLIGHT.reads * reads.perSecond) / best[0].perSecond +
        (IN_FLIGHT.writes * writes.perSecond) / best[1].perSecond,
    );
    const [bests, overloads] = [
      rounds.flatMap(({ best }) => best),
      rounds.flatMap(({ overload }) => overload),
    ];
    const p99 = (kind: 0 | 1) => median(rounds.map(({ overload }) => overload[kind].p99));
    const fullQueueMs = (rounds.length * (PLACES + WAITING) * 1_000) / sum(bests, 'perSecond');
    figures.atLeast('done, as a share of the best', median(shares) / PLACES, LONG ? 0.9 : 0.75);
    for (const whose of ['clients', 'server'] as const) {
      const taken = (when: 'best' | 'overload') => median(rounds.map(({ took: one }) => one[when][whose]));
      figures.measured(`processors that the ${whose} took at the best`, taken('best'));
      figures.measured(`processors that the ${whose} took at five times more`, taken('overload'));
    }
    figures.atMost('p99 of a read that is accepted', p99(0), Math.max(100, 5 * fullQueueMs), 'ms');
    // Writes to one repository come one after the other, and wait for their turn as long as `git.lockTimeout` says.
    figures.atMost('p99 of a write that is accepted', p99(1), LOCK_TIMEOUT_MS + 2 * fullQueueMs, 'ms');
    figures.atLeast('refused with the time to come again', sum(overloads, 'refused'), 1);
    figures.exactly('answers that are neither', sum(overloads, 'failed'), 0);
    const done = sum(bests, 'done') + sum(overloads, 'done');
    figures.atMost('retries, as a share of the calls', retries / done, 0.1);
    figures.atMost('back to normal after', took, 10_000, 'ms');
  });

  it('a neighbour who asks for large diffs: the others are served as beside any busy program', async (context) => {
    const figures = new Figures(context, 28);
    const noisy = new GitRepository({ root: here.repository.root, name: 'noisy' });
    noisy.commitFiles('large', { 'large.txt': `${'0123456789abcdef'.repeat(8)}\n`.repeat(20_000) });
    noisy.write('large.txt', `${'fedcba9876543210'.repeat(8)}\n`.repeat(20_000));
    await here.start(UNLIMITED);
    const [quiet, loud] = [await here.load(4), await here.load(1)];
    const seconds = LONG ? 10 : 2;
    const ask = () => quiet.openLoop({ messages: [call('git_log')], seconds }, 50);
    const diff = call('git_diff_unstaged', { repo_path: noisy.path });
    await ask();

    const rounds: Record<'alone' | 'beside' | 'through', LoadResult>[] = [];
    for (let round = 0; round < 3; round += 1) {
      const alone = await ask();
      const outside = busyWith(noisy.path, 4);
      const beside = await ask();
      await outside.stop();
      const loop = loud.closedLoop({ messages: [diff], seconds: seconds + 1 }, 4);
      const through = await ask();
      await loop;
      rounds.push({ alone, beside, through });
    }
    const timesUsual = (one: 'beside' | 'through') =>
      median(rounds.map((round) => round[one].p99 / round.alone.p99));

    // What shares the processors with them costs them that much, whoever has started it.
    figures.measured(
      'p99 of the others beside four loops of `git diff`, times their usual',
      timesUsual('beside'),
    );
    figures.atMost(
      'p99 of the others, times their usual',
      timesUsual('through'),
      Math.max(2, 1.5 * timesUsual('beside')),
    );
  });

  it('a principal with eight sessions beside one with a single one: the places are shared between the two', async (context) => {
    const figures = new Figures(context, 28);
    const [single, many] = ['vQ3-9fGk_0aZ7xPw2LmC', 'k0T-4bNs_8cY1rUe6JhD'];
    const file = here.repository.write('../server.yaml', tokenSettings(single, many)).file('../server.yaml');
    await here.start({ ...UNLIMITED, MCP_GIT_RESILIENCE_MAX_CONCURRENT_OPERATIONS: '2' }, ['--config', file]);
    const [one, eight] = [await here.load(1, single), await here.load(SESSIONS, many)];
    const calls = { messages: [call('git_status')], seconds: LONG ? 10 : 3 };

    const results = await Promise.all([one.closedLoop(calls, 4), eight.closedLoop(calls, 4 * SESSIONS)]);

    figures.exactly('calls that were not served', sum(results, 'refused') + sum(results, 'failed'), 0);
    const share = results[0].done / sum(results, 'done');
    figures.atLeast('done for the one with a single session, as a share of half', 2 * share, 0.9);
  });

  it('drain under load: what runs is answered, and every socket is told', async (context) => {
    const figures = new Figures(context, 6);
    await here.start({ ...UNLIMITED, MCP_GIT_RESILIENCE_MAX_CONCURRENT_OPERATIONS: '10' });
    const idle = await Promise.all(Array.from({ length: 450 }, () => here.connect()));
    const busy = await Promise.all(Array.from({ length: 50 }, () => here.connect()));
    await Promise.all(idle.map((client) => client.request('ping')));
    const isReady = async () =>
      (await fetch(`${here.server.url}/health/ready`).catch(() => undefined))?.status === 200;
    let ending = false;
    const acknowledged: string[] = [];
    const working = busy.map(async (client, index): Promise<Frame> => {
      for (;;) {
        const asked =
          index < WRITERS
            ? here.call(client, 'git_commit', { message: 'more', allow_empty: true })
            : here.call(client, 'git_status');
        const answer = await asked.catch((error: unknown): Frame => ({ type: 'lost', error }));
        const head = answer['result']?.structuredContent?.head as string | undefined;
        if (index < WRITERS && head !== undefined) acknowledged.push(head);
        if (ending || answer.type !== 'tools/call/result') return answer;
      }
    });
    const probes: number[] = [];
    while (probes.length < 50) probes.push(await timeUntil(isReady));
    await timeUntil(() => acknowledged.length >= WRITERS);

    const startedAt = performance.now();
    const ended = here.server.stop('SIGTERM');
    ending = true;
    const unready = await timeUntil(async () => !(await isReady()), 5);
    const [code, answers] = await Promise.all([ended, Promise.all(working)]);
    const took = performance.now() - startedAt;
    const all = [...idle, ...busy];
    await Promise.all(all.map((client) => client.closed ?? once(client.socket, 'close')));

    expect(code).toBe(0);
    const honest = answers.filter(
      ({ type, error }) => type === 'tools/call/result' || error?.recoverable === true,
    );
    figures.exactly('calls answered, or told to come again', honest.length, 50);
    const there = new Set(here.repository.git(['rev-list', '--all']).split('\n'));
    figures.atLeast('commits that were acknowledged', acknowledged.length, WRITERS);
    figures.exactly('of them lost', acknowledged.filter((head) => !there.has(head)).length, 0);
    const told = all.filter(({ closed }) => GOING.has(closed?.code ?? 0));
    figures.exactly('sockets that are told that the server goes', told.length, all.length);
    // A probe that is answered late says nothing of the end; it is late where the machine is.
    figures.atMost('not ready after', unready, Math.max(100, 3 * quantile(probes, 0.9)), 'ms');
    figures.atMost('ended after', took, 32_000, 'ms');
  });

  /** On four repositories, so that writers do not only wait for each other. */
  function callsOnFour(): Record<'reads' | 'writes', readonly object[]> {
    const { root, path } = here.repository;
    const others = ['one', 'two', 'three'].map((name) => manyFiles(new GitRepository({ root, name })).path);
    const paths = [path, ...others].map((one) => ({ repo_path: one }));
    return {
      reads: paths.map((one) => call('git_status', one)),
      writes: paths.map((one) => call('git_commit', { ...one, message: 'more', allow_empty: true })),
    };
  }
});

function sum(results: readonly LoadResult[], count: 'done' | 'refused' | 'failed' | 'perSecond'): number {
  return results.reduce((total, result) => total + result[count], 0);
}

/** @returns milliseconds that a connection takes with a server that does nothing, but for the slowest in a hundred */
async function connectedWithin(count: number): Promise<number> {
  const server = await startBareServer();
  const clients = await ClientProcess.start(server.url, count, { rate: 500 });
  await clients.stop();
  await server.stop();
  return clients.connectedWithinMs;
}

/** Programs that have nothing to do with the server and take as much of the machine as they get. */
function busyWith(path: string, count: number): { stop(): Promise<unknown> } {
  const loops = Array.from({ length: count }, () =>
    spawn('sh', ['-c', 'while :; do git diff > /dev/null; done'], {
      cwd: path,
      detached: true,
      stdio: 'ignore',
    }),
  );
  return {
    stop: () =>
      Promise.all(
        loops.map((loop) => {
          const ended = once(loop, 'exit');
          if (loop.pid !== undefined) process.kill(-loop.pid, 'SIGKILL');
          return ended;
        }),
      ),
  };
}

function repositoryOfManyFiles(): GitRepository {
  return manyFiles(new GitRepository());
}

function manyFiles(repository: GitRepository): GitRepository {
  repository.commitFiles(
    'many',
    Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`folder/file-${index}.txt`, `${index}\n`])),
  );
  return repository;
}
