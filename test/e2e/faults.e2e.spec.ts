import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { isAlive, processesIn, ServerProcess, type ServerProcessOptions } from '../support/server-process.js';
import { rawWebSocket, TestClient } from '../support/test-client.js';

function libgit2Workers(server: ServerProcess): { pid: number }[] {
  return server.descendants().filter(({ command }) => command.includes('libgit2/worker'));
}

describe('Faults that must stay where they happen', () => {
  let repository: GitRepository;
  let server: ServerProcess;
  const clients: TestClient[] = [];

  const start = async ({ env = {}, flags = [] }: ServerProcessOptions = {}) => {
    server = await ServerProcess.start({ env: { MCP_GIT_REPOSITORY: repository.root, ...env }, flags });
  };
  const connect = async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    clients.push(client);
    return client;
  };
  const call = (name: string, args: object = {}) => ({
    params: { name, arguments: { repo_path: repository.path, ...args } },
  });

  beforeEach(() => {
    repository = new GitRepository();
    repository.commitFiles('first', { 'file.txt': 'one\n' });
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    const pids = server.descendants().map(({ pid }) => pid);
    await server.stop();
    repository.remove();
    const left = pids.filter(isAlive);
    if (left.length > 0) throw new Error(`processes outlived the server: ${left.join(', ')}`);
  });

  it('replaces a libgit2 worker that dies by SIGSEGV while operations run, and fails none of them', async () => {
    await start({ env: { MCP_GIT_RESILIENCE_RETRY_BUDGET: '1' } });
    const sessions = await Promise.all(Array.from({ length: 4 }, connect));
    await sessions[0]?.request('tools/call', call('git_status'));

    const answers: Promise<{ type: string }>[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (const session of sessions) answers.push(session.request('tools/call', call('git_status')));
      for (const { pid } of libgit2Workers(server)) process.kill(pid, 'SIGSEGV');
      await Promise.all(answers);
    }

    const types = (await Promise.all(answers)).map(({ type }) => type);
    expect(types).toHaveLength(20);
    expect(new Set(types)).toEqual(new Set(['tools/call/result']));
    expect(libgit2Workers(server).every(({ pid }) => isAlive(pid))).toBe(true);
  });

  it('ends a git that hangs and ignores SIGTERM, with its children, and keeps serving', async () => {
    const fake = join(repository.root, 'hanging-git');
    writeFileSync(
      fake,
      '#!/bin/sh\ncase "$*" in *commit*) trap "" TERM; sleep 1000 & sleep 1000; wait;; *) exec git "$@";; esac\n',
    );
    chmodSync(fake, 0o755);
    await start({ env: { MCP_GIT_GIT_BINARY: fake, MCP_GIT_GIT_KILL_GRACE: '200ms' } });
    const [stuck, other] = [await connect(), await connect()];
    repository.write('file.txt', 'two\n').stage('file.txt');

    const answered = stuck.request('tools/call', {
      ...call('git_commit', { message: 'never' }),
      timeout_ms: 1_000,
    });
    await eventually(() =>
      expect(server.descendants().some(({ command }) => command.includes('sleep 1000'))).toBe(true),
    );
    const meanwhile = await other.request('tools/call', call('git_status'));
    const answer = await answered;

    expect(meanwhile).toMatchObject({ type: 'tools/call/result' });
    expect(answer).toMatchObject({ type: 'error', error: { code: 'operation_timeout' } });
    await eventually(() =>
      expect(server.descendants().filter(({ command }) => command.includes('sleep 1000'))).toEqual([]),
    );
  });

  it('closes 200 sockets that never answer and leaves the living one alone', async () => {
    await start({ env: { MCP_GIT_HEARTBEAT_INTERVAL: '300ms' } });
    const living = await connect();
    await living.request('ping');
    const port = Number(new URL(server.url).port);
    const silent = await Promise.all(Array.from({ length: 200 }, () => rawWebSocket(port)));

    await Promise.all(silent.map((socket) => once(socket.resume(), 'close')));

    expect(await living.request('ping')).toMatchObject({ type: 'pong' });
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(
      /mcp_git_sessions\{[^}]*state="ACTIVE"[^}]*\} 1\b/i,
    );
  });

  it('limits a flood of frames, answers each of them and does not disturb another session', async () => {
    await start({
      env: {
        MCP_GIT_RESILIENCE_RATE_LIMIT_BURST: '100',
        MCP_GIT_VALIDATION_MAX_CONSECUTIVE_FAILURES: '100000',
      },
    });
    const [flood, other] = [await connect(), await connect()];

    const frames = Array.from({ length: 2_000 }, () => flood.request('ping'));
    const meanwhile = await other.request('ping');
    const answers = await Promise.all(frames);

    expect(meanwhile).toMatchObject({ type: 'pong' });
    const refused = answers.filter(({ type }) => type === 'error');
    expect(refused.length).toBeGreaterThan(1_000);
    expect(refused[0]).toMatchObject({
      error: { code: 'rate_limit_exceeded', recoverable: true, retry_after_ms: expect.any(Number) },
    });
  });

  // The moments sweep over the few milliseconds that a commit takes, from before it begins to after its answer.
  it.each([0, 2, 4, 6, 8, 11, 15, 25])(
    'leaves a sound repository when it is killed %i ms after a commit was asked for, and the next one writes there',
    async (delayMs) => {
      await start();
      let client = await connect();
      const acknowledged: string[] = [];
      const stage = (number: number) => {
        repository.write('file.txt', `${number}\n`);
        return client.request('tools/call', call('git_add', { files: ['file.txt'] }));
      };
      const commit = async (number: number) => {
        const answer = await client.request(
          'tools/call',
          call('git_commit', { message: `commit ${number}` }),
        );
        acknowledged.push(answer['result'].structuredContent.head as string);
      };
      for (let number = 0; number < 3; number += 1) {
        await stage(number);
        await commit(number);
      }
      await stage(3);

      const last = commit(3).catch(() => undefined); // It may die with the server.
      await pause(delayMs);
      await server.stop('SIGKILL');
      await last;
      await eventually(() => expect(processesIn(repository.path)).toEqual([]));

      repository.fsck();
      const reachable = repository.git(['rev-list', '--all']).split('\n');
      expect(acknowledged.filter((sha) => !reachable.includes(sha))).toEqual([]);
      // A lock that it left is removed by the next server before it writes.
      await start();
      client = await connect();
      await stage(4);
      await commit(4);
      expect(acknowledged.at(-1)).toBe(repository.head());
      repository.fsck();
    },
    60_000,
  );
});
