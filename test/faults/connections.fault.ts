import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { close, frame, fragmented, OPCODE, takeFrame, text } from '../rfc6455/frames.js';
import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';
import { rawWebSocket, TestClient } from '../support/test-client.js';
import { ClientProcess } from './support/client-process.js';
import { Figures, ROOT } from './support/figures.js';
import { sessionsOf, timeUntil } from './support/observed.js';
import { openFiles, residentMiB } from './support/server-memory.js';

/** What starts git, and a worker. */
const OWN_PROCESSES = 2;
const HEARTBEAT_MS = 500;
const THRESHOLD = 2;
/** Beats that may be missed, the one that is running, and a second for what a loaded machine adds. */
const NOTICED_MS = HEARTBEAT_MS * (THRESHOLD + 1) + 1_000;
const BEATING = {
  MCP_GIT_HEARTBEAT_INTERVAL: `${HEARTBEAT_MS}ms`,
  MCP_GIT_HEARTBEAT_MISSED_THRESHOLD: String(THRESHOLD),
};

const crumbs = () => fragmented(' '.repeat(16_000), 1);

describe('Connections that go wrong', () => {
  let repository: GitRepository;
  let server: ServerProcess;
  let clients: ClientProcess[] = [];
  let sockets: Socket[] = [];

  const start = async (env: Readonly<Record<string, string>> = {}, flags: readonly string[] = []) => {
    const settings = { MCP_GIT_REPOSITORY: repository.root, MCP_GIT_LOG_LEVEL: 'warn', ...env };
    server = await ServerProcess.start({ env: settings, flags });
  };
  const port = () => Number(new URL(server.url).port);
  const raw = async () => {
    const socket = await rawWebSocket(port());
    sockets.push(socket);
    return socket;
  };
  const good = async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const answer = await client.request('ping');
    await client.close();
    return answer.type;
  };

  beforeEach(() => {
    repository = new GitRepository();
    repository.commitFiles('first', { 'file.txt': 'one\n' });
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.stop()));
    for (const socket of sockets) socket.destroy();
    [clients, sockets] = [[], []];
    await server.stop();
    repository.remove();
  });

  it('a network that is cut: 100 half-open sockets are closed, their files given back', async (context) => {
    if (!ROOT) return context.skip('needs the right to make a network namespace');
    const figures = new Figures(context, 12);
    const network = new Network();
    try {
      await start(
        { ...BEATING, MCP_GIT_AUTH_ALLOW_ANONYMOUS: 'true', MCP_GIT_GATEWAY_ALLOWED_HOSTS: network.host },
        ['--host', network.host],
      );
      const url = `ws://${network.host}:${port()}`;
      // What asks for the number of sessions keeps connections of its own.
      await sessionsOf(server);
      // The pipes to its own processes are no files of sockets, and come a moment after it is ready.
      await timeUntil(() => server.descendants().length >= OWN_PROCESSES);
      const before = openFiles(server.pid);
      clients.push(await ClientProcess.start(url, 100, network.within));

      network.cut();
      const took = await timeUntil(async () => (await sessionsOf(server)) === 0);

      figures.atMost('all closed after', took, NOTICED_MS, 'ms');
      figures.atMost('files more than before', openFiles(server.pid) - before, 10);
    } finally {
      network.remove();
    }
  });

  it('clients that are alive to the kernel and silent: 100 stopped processes are found out', async (context) => {
    const figures = new Figures(context, 13);
    await start(BEATING);
    const before = openFiles(server.pid);
    const stopped = await ClientProcess.start(server.webSocketUrl, 100);
    clients.push(stopped, await ClientProcess.start(server.webSocketUrl, 20));

    stopped.signal('SIGSTOP');
    const took = await timeUntil(async () => (await sessionsOf(server)) <= 20);

    figures.atMost('all closed after', took, NOTICED_MS, 'ms');
    await pause(HEARTBEAT_MS * (THRESHOLD + 1));
    figures.exactly('living sessions kept', await sessionsOf(server), 20);
    expect(openFiles(server.pid)).toBeGreaterThan(before);
  });

  it('a reader that does not read: its answers are bounded, and it is closed', async (context) => {
    const figures = new Figures(context, 14);
    repository.commitFiles('large', { 'large.txt': `${'0123456789abcdef'.repeat(8)}\n`.repeat(8_000) });
    await start({ MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' });
    const other = await TestClient.connect(server.webSocketUrl);
    const usual = await pingTimes(other, 200);
    const before = residentMiB(server.pid);
    const slow = await raw();
    slow.pause();
    const closed = once(slow, 'close');
    const call = {
      type: 'tools/call',
      params: {
        name: 'git_show',
        arguments: { repo_path: repository.path, revision: 'HEAD', max_bytes: 1_000_000 },
      },
    };

    let asked = 0;
    const asking = setInterval(() => {
      for (let index = 0; index < 8; index += 1) {
        slow.write(text(JSON.stringify({ ...call, id: `slow-${(asked += 1)}` })));
      }
    }, 100);
    let most = 0;
    const watching = setInterval(() => (most = Math.max(most, residentMiB(server.pid) - before)), 50);
    const meanwhile = await pingTimes(other, 200);
    await timeUntil(() => server.logs.includes('slow') || asked >= 400);
    slow.resume();
    await closed;
    clearInterval(asking);
    clearInterval(watching);

    // 8 MiB wait in the server, and as much again while answers are made; the cache of diffs has its own bound.
    figures.atMost('memory above usual', most, 160, 'MiB');
    figures.atMost('p50 of another client, times its usual', meanwhile / usual, 10);
    expect(await other.request('ping')).toMatchObject({ type: 'pong' });
    await other.close();
  });

  it('1,000 sockets that drip their headers: all are cut, and a good client gets in meanwhile', async (context) => {
    const figures = new Figures(context, 15);
    await start({ MCP_GIT_SERVER_HEADERS_TIMEOUT: '2s' });
    const dripping = Array.from({ length: 1_000 }, () => connect(port(), '127.0.0.1'));
    sockets.push(...dripping);
    for (const socket of dripping) socket.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: local');
    const drip = setInterval(() => {
      for (const socket of dripping) if (socket.writable) socket.write('h');
    }, 500);
    let open = dripping.length;
    for (const socket of dripping) socket.once('close', () => (open -= 1)).resume();

    const startedAt = performance.now();
    const answer = await good();
    const entered = performance.now() - startedAt;
    const took = await timeUntil(() => open === 0);
    clearInterval(drip);

    expect(answer).toBe('pong');
    figures.atMost('a good client is answered after', entered, 2_000, 'ms');
    figures.atMost('the last is cut after', took, 12_000, 'ms');
  });

  it('3,000 connections from one address: those over its share are told so', async (context) => {
    const figures = new Figures(context, 16);
    await start({ MCP_GIT_GATEWAY_MAX_CONNECTIONS_PER_ADDRESS: '200' });
    const before = residentMiB(server.pid);
    const statuses = new Map<string, number>();

    for (let round = 0; round < 30; round += 1) {
      const heads = await Promise.all(Array.from({ length: 100 }, () => statusOfUpgrade(port(), sockets)));
      for (const head of heads) statuses.set(head, (statuses.get(head) ?? 0) + 1);
    }
    const grown = residentMiB(server.pid) - before;
    for (const socket of sockets) socket.destroy();
    const took = await timeUntil(async () => (await good().catch(() => 'refused')) === 'pong');

    figures.exactly('let in', statuses.get('101') ?? 0, 200);
    figures.exactly('told no', (statuses.get('429') ?? 0) + (statuses.get('503') ?? 0), 2_800);
    figures.atMost('memory above usual', grown, 50, 'MiB');
    figures.atMost('a good client is served again after', took, 5_000, 'ms');
  });

  it('too large, compressed and in crumbs: each is closed by rule, and costs nothing', async (context) => {
    const figures = new Figures(context, 17);
    await start();
    await good();
    const before = residentMiB(server.pid);
    const bomb = frame({ opcode: OPCODE.text, payload: deflateRawSync(Buffer.alloc(2 ** 26)), reserved: 4 });
    const attacks = [
      () => [text(Buffer.alloc(2 ** 24, ' '))],
      () => [bomb],
      ...Array(100).fill(crumbs),
    ] as (() => Buffer[])[];

    const codes: number[] = [];
    for (const attack of attacks) codes.push(await closeCodeOf(await raw(), attack()));

    expect(codes.slice(0, 3)).toEqual([1009, 1002, 1008]);
    figures.exactly('closed by rule', codes.filter((code) => code >= 1002).length, 102);
    figures.atMost('memory above usual', residentMiB(server.pid) - before, 60, 'MiB');
    expect(await good()).toBe('pong');
  });

  it('more sessions than there are places: only the idle give way, never one at work', async (context) => {
    const figures = new Figures(context, 34);
    const slow = repository.file('../slow-git');
    repository.write(
      '../slow-git',
      '#!/bin/sh\ncase "$*" in *fetch*|*status*) sleep 3;; esac\nexec git "$@"\n',
      0o755,
    );
    await start({
      MCP_GIT_MAX_CONCURRENT_SESSIONS: '100',
      MCP_GIT_SESSIONS_WHEN_FULL: 'evict-idle',
      MCP_GIT_GIT_BINARY: slow,
    });
    const busy = await TestClient.connect(server.webSocketUrl);
    const working = busy.request('tools/call', {
      params: { name: 'git_status', arguments: { repo_path: repository.path } },
    });
    const idle = await Promise.all(Array.from({ length: 99 }, () => TestClient.begin(server.webSocketUrl)));

    const late = await Promise.all(Array.from({ length: 50 }, () => TestClient.connect(server.webSocketUrl)));
    const served = await Promise.all(
      late.map((client) => client.request('ping').catch(() => ({ type: 'closed' }))),
    );
    await timeUntil(
      () => idle.filter(({ closed }) => closed).length + late.filter(({ closed }) => closed).length >= 50,
    );

    figures.atMost('sessions', await sessionsOf(server), 100);
    expect(await working).toMatchObject({ type: 'tools/call/result' });
    figures.exactly('sessions at work that were closed', busy.closed ? 1 : 0, 0);
    const told = [...idle, ...late].flatMap(({ closed }) => (closed ? [closed.code] : []));
    figures.exactly('closed without a reason', told.filter((code) => ![4410, 1013].includes(code)).length, 0);
    expect(served.some(({ type }) => type === 'pong')).toBe(true);
    await Promise.all([busy, ...idle, ...late].map((client) => client.close()));
  });
});

/** @returns median of round trips in milliseconds */
async function pingTimes(client: TestClient, count: number): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    await client.request('ping');
    times.push(performance.now() - startedAt);
  }
  return times.toSorted((one, other) => one - other)[count >> 1] ?? 0;
}

async function statusOfUpgrade(port: number, kept: Socket[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  kept.push(socket);
  socket.on('error', () => {});
  socket.write(
    `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  const [data] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown];
  return Buffer.isBuffer(data) ? data.toString('latin1', 9, 12) : 'cut';
}

async function closeCodeOf(socket: Socket, frames: readonly Buffer[]): Promise<number> {
  let code = 0;
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let taken = takeFrame(bytes); taken; taken = takeFrame(bytes)) {
      bytes = Buffer.from(taken.rest);
      if (taken.frame.opcode !== OPCODE.close) continue;
      code = taken.frame.payload.readUInt16BE(0);
      socket.write(close(code));
    }
  });
  const ended = once(socket, 'close');
  for (const one of frames) if (socket.writable) socket.write(one);
  await ended;
  return code;
}

/** A network namespace that is joined to ours by a cable which can be cut. */
class Network {
  private readonly name = `mcp${process.pid}`;
  readonly host = '10.213.77.1';
  readonly within = ['ip', 'netns', 'exec', this.name];

  constructor() {
    this.ip('netns', 'add', this.name);
    this.ip('link', 'add', `${this.name}a`, 'type', 'veth', 'peer', 'name', `${this.name}b`);
    this.ip('link', 'set', `${this.name}b`, 'netns', this.name);
    this.ip('addr', 'add', `${this.host}/30`, 'dev', `${this.name}a`);
    this.ip('link', 'set', `${this.name}a`, 'up');
    this.ip('-n', this.name, 'addr', 'add', '10.213.77.2/30', 'dev', `${this.name}b`);
    this.ip('-n', this.name, 'link', 'set', `${this.name}b`, 'up');
  }

  cut(): void {
    this.ip('-n', this.name, 'link', 'set', `${this.name}b`, 'down');
  }

  remove(): void {
    this.ip('netns', 'del', this.name);
    spawnSync('ip', ['link', 'del', `${this.name}a`]);
  }

  private ip(...args: string[]): void {
    const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
  }
}
