import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { AdminClient } from '../support/admin-client.js';
import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { isAlive, ServerProcess } from '../support/server-process.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { TestClient } from '../support/test-client.js';

const CLI = fileURLToPath(new URL('../../dist/bundle/cli.js', import.meta.url));

describe('A supervised server', () => {
  let folder: TemporaryFolder;
  let repository: GitRepository;
  let supervised: ServerProcess;
  const clients: TestClient[] = [];

  beforeEach(async () => {
    folder = new TemporaryFolder();
    repository = new GitRepository();
    repository.commitFiles('first', { 'a.txt': 'one\n' });
    supervised = await ServerProcess.start({
      supervised: true,
      env: {
        HOME: folder.path,
        MCP_GIT_ROOTS: repository.root,
        MCP_GIT_SESSIONS_STORE_PATH: join(folder.path, 'sessions'),
      },
    });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.terminate();
    await supervised.stop();
    folder.remove();
    repository.remove();
  });

  async function begin(): Promise<TestClient> {
    const client = await TestClient.begin(supervised.webSocketUrl);
    clients.push(client);
    return client;
  }

  async function resume(before: TestClient) {
    const found = await TestClient.resume(supervised.webSocketUrl, before);
    clients.push(found.client);
    return found;
  }

  function serverPid(): number {
    const server = supervised.descendants().find(({ command }) => command.includes('--listen-fd'));
    if (server === undefined) throw new Error('no server runs');
    return server.pid;
  }

  const commit = (message: string) => {
    repository.write(`${message}.txt`, message).stage(`${message}.txt`);
    return { params: { name: 'git_commit', arguments: { repo_path: repository.path, message } } };
  };

  it('is there again after a kill without refusing anybody, and its clients resume', async () => {
    const client = await begin();
    const done = await client.request('tools/call', commit('acknowledged'));
    const killed = serverPid();

    process.kill(killed, 'SIGKILL');
    await client.closing();
    const { client: back, answer } = await resume(client);
    const next = await back.request('tools/call', commit('after the kill'));

    expect([done.type, next.type]).toEqual(['tools/call/result', 'tools/call/result']);
    expect(answer['result'].resume).toMatchObject({ lost: 0 });
    expect(back.seqs).toEqual([1, 2]);
    expect(serverPid()).not.toBe(killed);
    expect(repository.git(['log', '--format=%s']).trim().split('\n')).toEqual([
      'after the kill',
      'acknowledged',
      'first',
    ]);
    expect(repository.git(['fsck', '--strict'])).toBe('');
  });

  it('answers a write that a kill interrupts, once, and takes the next one', async () => {
    const client = await begin();
    client.send({ type: 'tools/call', id: 'killed', ...commit('interrupted') });
    await client.request('ping');

    process.kill(serverPid(), 'SIGKILL');
    await client.closing();
    const { client: back } = await resume(client);
    const frames = [...client.received, await answerOf(back, client)];
    const committed = repository.git(['log', '--format=%s']).includes('interrupted');
    const next = await back.request('tools/call', commit('next'));

    expect(frames.filter(({ id }) => id === 'killed')).toHaveLength(1);
    const saying = frames.map(({ error }) => (error?.details?.outcome as string | undefined) ?? 'done');
    expect(['unknown', committed ? 'done' : 'not_done']).toContain(saying[0]);
    expect(
      frames.every(({ error }) => (error?.code ?? 'operation_interrupted') === 'operation_interrupted'),
    ).toBe(true);
    expect(next.type).toBe('tools/call/result');
    expect(repository.git(['fsck', '--strict'])).toBe('');
  });

  it('restarts on SIGHUP when what runs has finished, and is not ready meanwhile', async () => {
    const client = await begin();
    const before = serverPid();

    process.kill(supervised.pid, 'SIGHUP');
    expect(await client.next('server/draining')).toMatchObject({ deadline_ms: 300_000, resume: true });
    expect((await client.closing()).code).toBe(1012);
    const { client: back, answer } = await resume(client);
    await back.request('tools/call', commit('after the restart'));

    expect(answer.type).toBe('initialize/result');
    expect(serverPid()).not.toBe(before);
    expect(isAlive(before)).toBe(false);
    expect((await fetch(`${supervised.url}/health/ready`)).status).toBe(200);
  });

  it('is restarted by the command, which waits for the next process', async () => {
    const before = serverPid();

    const { status, stdout } = spawnSync(
      process.execPath,
      [CLI, 'restart', '--port', new URL(supervised.url).port],
      {
        env: { PATH: process.env['PATH'], HOME: folder.path },
        encoding: 'utf8',
      },
    );

    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^restarted in [\d.]+ s: process \d+ is now \d+\n$/),
    ]);
    expect(serverPid()).not.toBe(before);
  });

  it('is restarted by an admin call, which is answered before it begins', async () => {
    const client = await begin();
    const before = serverPid();

    const { status, body } = await new AdminClient(supervised.url).post('/admin/recovery/restart');
    expect((await client.closing()).code).toBe(1012);
    const { answer } = await resume(client);

    expect([status, body]).toEqual([202, { restarting: true, process: before }]);
    expect(answer['result'].resume).toMatchObject({ lost: 0 });
    expect(serverPid()).not.toBe(before);
  });

  it('ends with its supervisor, however that ends', async () => {
    const server = serverPid();

    await supervised.stop('SIGKILL');

    await eventually(() => expect(isAlive(server)).toBe(false));
  });

  it('ends with 0 at SIGTERM and leaves no process', async () => {
    const children = supervised.descendants();

    const code = await supervised.stop();

    expect(code).toBe(0);
    expect(children.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });
});

/** The one answer, wherever it came. */
async function answerOf(back: TestClient, before: TestClient) {
  const known = before.received.find(({ id }) => id === 'killed');
  if (known !== undefined) {
    await back.request('ping');
    before.received.splice(before.received.indexOf(known), 1);
    return known;
  }
  return back.answer('killed');
}

describe('A server whose supervisor is gone before it listens', () => {
  it('ends, since nobody would start the next one', async () => {
    const folder = new TemporaryFolder();
    onTestFinished(() => folder.remove());
    const child = spawn(process.execPath, [CLI, 'serve', '--port', '0'], {
      env: { PATH: process.env['PATH'], HOME: folder.path, MCP_GIT_SERVER_SUPERVISED: 'false' },
      stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));

    child.disconnect();

    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(said).toBe('');
  });
});
