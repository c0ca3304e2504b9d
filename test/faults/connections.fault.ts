import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { frame, fragmented, OPCODE, text } from '../rfc6455/frames.js';
import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';
import { rawWebSocket, TestClient } from '../support/test-client.js';
import { ClientProcess } from './support/client-process.js';
import { Figures, ROOT } from './support/figures.js';
import { Network } from './support/network.js';
import { sessionsOf, sumOf, timeUntil } from './support/observed.js';
import { closeCodeOf } from './support/raw-frames.js';
import { openFiles, residentMiB } from './support/server-memory.js';
import { knock } from './support/upgrade.js';

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

/** Of a message that is too large, compressed though nobody agreed on it, in too many fragments. */
const RULES = [1009, 1002, 1008];

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

  /** @returns the code that the server closes with */
  const attack = async (frames: readonly Buffer[]): Promise<number> => {
    const socket = await raw();
    const code = closeCodeOf(socket);
    for (const one of frames) if (socket.writable) socket.write(one);
    return code;
  };

  /** @returns files that it has open while nobody is connected but who asks for the metrics */
  const usualFiles = async (): Promise<number> => {
    await sessionsOf(server);
    // The pipes to its own processes are no files of sockets, and come a moment after it is ready.
    await timeUntil(() => server.descendants().length >= OWN_PROCESSES);
    return openFiles(server.pid);
  };
  /** A connection that asked for the metrics is kept for some seconds. */
  const filesMoreThan = async (usual: number): Promise<number> => {
    await Promise.race([timeUntil(() => openFiles(server.pid) <= usual, 200), pause(10_000)]);
    return openFiles(server.pid) - usual;
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
        {
          ...BEATING,
          MCP_GIT_AUTH_ALLOW_ANONYMOUS: 'true',
          MCP_GIT_GATEWAY_ALLOWED_HOSTS: network.host,
          // Sessions of the other store have a file each.
          MCP_GIT_SESSIONS_STORE_KIND: 'memory',
        },
        ['--host', network.host],
      );
      const url = `ws://${network.host}:${port()}`;
      const before = await usualFiles();
      clients.push(await ClientProcess.start(url, 100, { within: network.within, resume: true }));

      network.cut();
      const took = await timeUntil(async () => (await sumOf(server, 'mcp_git_sessions_parked')) === 100);

      figures.atMost('all closed after', took, NOTICED_MS, 'ms');
      figures.exactly('sessions that wait for their clients', await sessionsOf(server), 100);
      figures.atMost('files more than before', await filesMoreThan(before), 0);
    } finally {
      network.remove();
    }
  });

  it('clients that are alive to the kernel and silent: 100 stopped processes are found out', async (context) => {
    const figures = new Figures(context, 13);
    // Sessions of the other store have a file each.
    await start({ ...BEATING, MCP_GIT_SESSIONS_STORE_KIND: 'memory' });
    const before = await usualFiles();
    const stopped = await ClientProcess.start(server.webSocketUrl, 100, { resume: true });
    clients.push(stopped, await ClientProcess.start(server.webSocketUrl, 20));

    stopped.signal('SIGSTOP');
    const parked = () => sumOf(server, 'mcp_git_sessions_parked');
    const took = await timeUntil(async () => (await parked()) === 100);

    figures.atMost('all closed after', took, NOTICED_MS, 'ms');
    await pause(HEARTBEAT_MS * (THRESHOLD + 1));
    figures.exactly('sessions that wait for their clients', await parked(), 100);
    figures.exactly('living sessions kept', (await sessionsOf(server)) - (await parked()), 20);
    figures.atMost('files more than before, but for the living', await filesMoreThan(before + 20), 0);
  });

  it('1,000 sockets that drip their headers: all are cut, and a good client gets in meanwhile', async (context) => {
    const figures = new Figures(context, 15);
    await start();
    const dripping = Array.from({ length: 1_000 }, () => connect(port(), '127.0.0.1'));
    sockets.push(...dripping);
    let open = dripping.length;
    for (const socket of dripping)
      socket
        .on('error', () => {})
        .once('close', () => (open -= 1))
        .resume();
    await Promise.all(dripping.map((socket) => once(socket, 'connect')));
    for (const socket of dripping) socket.write('GET / HTTP/1.1\r\nHost: local');
    const startedAt = performance.now();
    const drip = setInterval(() => {
      for (const socket of dripping) if (socket.writable) socket.write('h');
    }, 500);

    const entered: number[] = [];
    while (performance.now() - startedAt < 5_000) {
      const askedAt = performance.now();
      expect(await good()).toBe('pong');
      entered.push(performance.now() - askedAt);
      await pause(50);
    }
    expect(open).toBe(dripping.length);
    await timeUntil(() => open === 0);
    const took = performance.now() - startedAt;
    clearInterval(drip);

    figures.atMost('a good client is answered within', Math.max(...entered), 250, 'ms');
    figures.atMost('the last is cut after', took, 12_000, 'ms');
  });

  it('5,000 connections from one address: those over its share are told so', async (context) => {
    const figures = new Figures(context, 16);
    await start({ MCP_GIT_GATEWAY_MAX_CONNECTIONS_PER_ADDRESS: '200' });
    const before = residentMiB(server.pid);
    const statuses = new Map<string, number>();

    for (let round = 0; round < 50; round += 1) {
      for (const { status, socket } of await Promise.all(Array.from({ length: 100 }, () => knock(port())))) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        sockets.push(socket);
      }
    }
    const grown = residentMiB(server.pid) - before;
    for (const socket of sockets) socket.destroy();
    const took = await timeUntil(async () => (await good().catch(() => 'refused')) === 'pong');

    figures.exactly('let in', statuses.get('101') ?? 0, 200);
    figures.exactly('told no', (statuses.get('429') ?? 0) + (statuses.get('503') ?? 0), 4_800);
    figures.atMost('memory above usual', grown, 50, 'MiB');
    figures.atMost('a good client is served again after', took, 5_000, 'ms');
  });

  it('too large, compressed and in crumbs: each is closed by rule, and costs nothing', async (context) => {
    const figures = new Figures(context, 17);
    await start();
    await good();
    const bomb = frame({ opcode: OPCODE.text, payload: deflateRawSync(Buffer.alloc(2 ** 26)), reserved: 4 });
    const kinds = [[text(Buffer.alloc(2 ** 24, ' '))], [bomb], fragmented(' '.repeat(16_000), 1)];
    // The first ones make room in the heap that is used again.
    for (let round = 0; round < 20; round += 1) for (const frames of kinds) await attack(frames);
    const before = residentMiB(server.pid);

    const codes: number[] = [];
    let most = 0;
    for (let round = 0; round < 100; round += 1) {
      for (const frames of kinds) codes.push(await attack(frames));
      most = Math.max(most, residentMiB(server.pid) - before);
    }

    figures.exactly('closed by rule', codes.filter((code, index) => code === RULES[index % 3]).length, 300);
    figures.atMost('memory above usual', most, 10, 'MiB');
    expect(await good()).toBe('pong');
  });

  it('more sessions than there are places: only the idle give way, never one at work', async (context) => {
    const figures = new Figures(context, 34);
    const slow = repository.file('../slow-git');
    repository.write(
      '../slow-git',
      '#!/bin/sh\ncase "$*" in *status*) sleep 8;; esac\nexec git "$@"\n',
      0o755,
    );
    await start({
      MCP_GIT_MAX_CONCURRENT_SESSIONS: '1000',
      MCP_GIT_SESSIONS_WHEN_FULL: 'evict-idle',
      MCP_GIT_GIT_BINARY: slow,
    });
    const busy = await TestClient.connect(server.webSocketUrl);
    const working = busy.request('tools/call', {
      params: { name: 'git_status', arguments: { repo_path: repository.path } },
    });
    const idle: TestClient[] = [];
    while (idle.length < 999) idle.push(await TestClient.begin(server.webSocketUrl));
    const late = await Promise.all(
      Array.from({ length: 200 }, () => TestClient.connect(server.webSocketUrl)),
    );
    const served = await Promise.all(late.map((client) => client.request('ping').catch(() => undefined)));
    await timeUntil(() => idle.filter(({ closed }) => closed).length >= 200);

    figures.atMost('sessions', await sessionsOf(server), 1_000);
    figures.exactly(
      'newcomers that are served',
      served.filter((answer) => answer?.type === 'pong').length,
      200,
    );
    expect(await working).toMatchObject({ type: 'tools/call/result' });
    figures.exactly('sessions at work that were closed', busy.closed ? 1 : 0, 0);
    const given = idle.findIndex(({ closed }) => closed === undefined);
    figures.exactly(
      'closed that had been idle for less time than others',
      idle.slice(given).filter(({ closed }) => closed).length,
      0,
    );
    figures.exactly(
      'closed without a reason',
      idle.slice(0, given).filter(({ closed }) => closed?.code !== 4410).length,
      0,
    );
    await Promise.all([busy, ...idle, ...late].map((client) => client.close()));
  });
});
