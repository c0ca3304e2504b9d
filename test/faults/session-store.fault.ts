import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RedisServer } from '../support/redis-server.js';
import { ServerProcess } from '../support/server-process.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { Figures, LONG } from './support/figures.js';
import { quantile, sumOf, timeUntil } from './support/observed.js';
import { scene } from './support/scene.js';
import { residentMiB } from './support/server-memory.js';

const CLIENTS = 10;
/** In the long form as long as the store is away: a heap that is new grows by itself. */
const USUAL_S = LONG ? 60 : 2;
/** Between two calls of a client. */
const PAUSE_MS = 25;
/** At least so long that the first calls, which wait for the store, are fewer than one in a hundred. */
const AWAY_S = LONG ? 60 : 5;
/** From the death of a server to the last of its sessions at another one. */
const TAKEOVER_MS = 10_000;
const SLOW_MS = 500;
/** In the long form; in the short one until all are taken over. */
const STANDSTILL_MS = 30_000;
/** As the store has it. */
const ALIVE_EVERY_MS = 4_000;

describe('Sessions in Redis', () => {
  const here = scene();
  let redis: RedisServer;
  let line: SlowLine;
  let other: ServerProcess | undefined;

  beforeEach(async () => {
    redis = await RedisServer.start();
    line = await SlowLine.to(redis.port);
  });

  afterEach(async () => {
    await other?.stop();
    other = undefined;
    line.close();
    await redis.stop();
  });

  const settings = (node: string) => ({
    MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false',
    MCP_GIT_SESSIONS_STORE_KIND: 'redis',
    MCP_GIT_SESSIONS_STORE_URL: line.url,
    MCP_GIT_SESSIONS_STORE_NODE: node,
  });
  const begin = async () => {
    const client = await TestClient.begin(here.server.webSocketUrl);
    here.clients.push(client);
    return client;
  };
  const beginAll = () => Promise.all(Array.from({ length: CLIENTS }, begin));
  const commit = (client: TestClient): Promise<Frame> =>
    here.call(client, 'git_commit', { message: 'more', allow_empty: true });
  const startOther = async () => {
    other = await ServerProcess.start({
      env: { ...settings('other'), MCP_GIT_REPOSITORY: here.repository.root, MCP_GIT_LOG_LEVEL: 'warn' },
    });
    return other;
  };

  /** Comes again for as long as it is told to. @returns whether it goes on where it was */
  const comeBack = async (server: ServerProcess, before: TestClient): Promise<boolean> => {
    const { client, answer } = await TestClient.resume(server.webSocketUrl, before);
    here.clients.push(client);
    const waitMs = answer['error']?.retry_after_ms as number | undefined;
    if (waitMs === undefined) return answer['result']?.resume?.lost === 0;
    await client.close();
    await pause(waitMs);
    return comeBack(server, before);
  };

  it('one of two servers is killed: the other one goes on with its sessions', async (context) => {
    const figures = new Figures(context, 8);
    await here.start(settings('one'));
    const second = await startOther();
    const clients = await beginAll();
    await Promise.all(clients.map((client) => here.call(client, 'git_log')));

    await here.server.stop('SIGKILL');
    const startedAt = performance.now();
    const back = await Promise.all(clients.map((client) => comeBack(second, client)));
    const took = performance.now() - startedAt;

    figures.exactly('sessions that go on at the other one', back.filter(Boolean).length, CLIENTS);
    figures.atMost('all taken over after', took, TAKEOVER_MS, 'ms');
  });

  it('one of two servers stands still and wakes up: what has been taken from it is no longer its own', async (context) => {
    const figures = new Figures(context, 8);
    await here.start(settings('one'));
    const startedAt = performance.now();
    const second = await startOther();
    const clients = await beginAll();
    await Promise.all(clients.map((client) => here.call(client, 'git_log')));

    // Heard of just before, it counts as alive for so long that it wakes up to a connection that it gives up.
    await pause(ALIVE_EVERY_MS - (performance.now() - startedAt));
    process.kill(here.server.pid, 'SIGSTOP');
    const back = await Promise.all(clients.map((client) => comeBack(second, client)));
    const before = here.repository.git(['rev-list', '--count', 'HEAD']);
    if (LONG) await pause(STANDSTILL_MS);
    process.kill(here.server.pid, 'SIGCONT');
    const answers = await Promise.all(clients.map((client) => commit(client).catch(() => undefined)));
    const closed = await Promise.all(clients.map((client) => client.closing()));

    figures.exactly('sessions that go on at the other one', back.filter(Boolean).length, CLIENTS);
    figures.exactly(
      'told that they are taken over',
      closed.filter(({ code }) => code === 4409).length,
      CLIENTS,
    );
    figures.exactly(
      'answers of the former owner',
      answers.filter((one) => one?.type === 'tools/call/result').length,
      0,
    );
    expect(here.repository.git(['rev-list', '--count', 'HEAD'])).toBe(before);
  });

  const OUTAGES: Record<string, { begin: () => unknown; end: () => unknown }> = {
    'is gone': { begin: () => redis.kill(), end: () => redis.startAgain() },
    'is silent': { begin: () => redis.freeze(), end: () => redis.thaw() },
    [`is slow by ${SLOW_MS} ms`]: {
      begin: () => (line.delayMs = SLOW_MS),
      end: () => (line.delayMs = 0),
    },
  };

  it.for(Object.keys(OUTAGES))(
    'the store %s: sessions are served from memory, and none is lost',
    async (outage, context) => {
      const figures = new Figures(context, 9);
      await here.start(settings('one'));
      const clients = await beginAll();
      const work = async (seconds: number): Promise<number[]> => {
        const until = performance.now() + seconds * 1_000;
        const times = await Promise.all(clients.map((client) => callsUntil(client, until)));
        return times.flat();
      };
      const usual = await work(USUAL_S);
      const memory = residentMiB(here.server.pid);

      await OUTAGES[outage]?.begin();
      const opened = timeUntil(async () => (await sumOf(here.server, 'mcp_git_circuit_state')) > 0);
      const away = await work(AWAY_S);
      const grown = residentMiB(here.server.pid) - memory;
      await OUTAGES[outage]?.end();
      const startedAt = performance.now();
      await timeUntil(async () => {
        await Promise.all(clients.map((client) => here.call(client, 'git_log')));
        return (await sumOf(here.server, 'mcp_git_circuit_state')) === 0;
      });
      const recovered = performance.now() - startedAt;
      await Promise.all(clients.map((client) => here.call(client, 'git_log')));
      await here.server.stop('SIGKILL');
      await here.start(settings('one'));
      const back = await Promise.all(clients.map((client) => comeBack(here.server, client)));

      figures.atMost('p99 of a call above the usual', quantile(away, 0.99) - quantile(usual, 0.99), 50, 'ms');
      figures.atLeast(
        'calls a second, times the usual',
        away.length / AWAY_S / (usual.length / USUAL_S),
        0.5,
      );
      figures.atMost('memory above usual', grown, 20, 'MiB');
      figures.atMost('left alone after', await opened, 2_000, 'ms');
      figures.atMost('used again after', recovered, 5_000, 'ms');
      figures.exactly('sessions that outlive a kill after it', back.filter(Boolean).length, CLIENTS);
    },
  );

  async function callsUntil(client: TestClient, until: number): Promise<number[]> {
    const times: number[] = [];
    while (performance.now() < until) {
      const since = performance.now();
      expect((await here.call(client, 'git_log')).type).toBe('tools/call/result');
      times.push(performance.now() - since);
      await pause(PAUSE_MS);
    }
    return times;
  }
});

/** A way to a port on which everything takes as long as it is told to. */
class SlowLine {
  delayMs = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {
    server.on('connection', (socket) => this.join(socket));
  }

  static async to(port: number): Promise<SlowLine> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new SlowLine(server, port);
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private join(near: Socket): void {
    const far = connect(this.target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from
        .on('error', () => undefined)
        .on('close', () => {
          this.sockets.delete(from);
          to.destroy();
        });
      let sent = Promise.resolve();
      from.on('data', (chunk: Buffer) => {
        const at = performance.now() + this.delayMs;
        sent = passOn(sent, at, () => to.destroyed || to.write(chunk));
      });
    }
  }
}

async function passOn(before: Promise<void>, at: number, write: () => void): Promise<void> {
  await before;
  if (at > performance.now()) await pause(at - performance.now());
  write();
}
