import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { TOOL_CLASSES } from '../../src/tools/tools.providers.js';

/** Accepts connections and never says a word: a clone from it lasts until it is cancelled. */
async function silentServer(): Promise<{ server: Server; url: string }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { server, url: `https://127.0.0.1:${address.port}/never.git` };
}

// One story told in order: each test goes on where the one before it stopped.
describe('A session from initialize to close', () => {
  let repository: GitRepository;
  let remote: GitRepository;
  let server: ServerProcess;
  let client: TestClient;

  const call = async (
    name: string,
    args: Record<string, unknown> = {},
    path = repository.path,
  ): Promise<Frame> =>
    client.request('tools/call', { params: { name, arguments: { repo_path: path, ...args } } });
  const structured = async (name: string, args: Record<string, unknown> = {}, path = repository.path) => {
    const frame = await call(name, args, path);
    if (frame.type === 'error') throw new Error(JSON.stringify(frame['error']));
    return frame['result'].structuredContent as Record<string, unknown>;
  };
  const refused = async (name: string, args: Record<string, unknown> = {}, path = repository.path) => {
    const frame = await call(name, args, path);
    if (frame.type !== 'error') throw new Error(`${name} was expected to be refused`);
    return frame['error'] as { code: string; details: Record<string, unknown> };
  };

  beforeAll(async () => {
    repository = new GitRepository();
    repository.commitFiles('first', { 'file.txt': 'one\n' });
    remote = repository.cloneBare();
    repository.git(['remote', 'add', 'origin', remote.path]);
    server = await ServerProcess.start({
      env: { MCP_GIT_REPOSITORY: repository.root, MCP_GIT_GIT_REMOTE_ALLOW_PRIVATE_ADDRESSES: 'true' },
    });
    client = await TestClient.connect(server.webSocketUrl);
  });

  afterAll(async () => {
    await client?.close();
    await server?.stop();
    repository?.remove();
  });

  it('negotiates', async () => {
    const frame = await client.request('initialize', {
      params: {
        client: { name: 'test', version: '1' },
        capabilities: { progress: true, cancellation: true },
      },
    });

    expect(frame).toMatchObject({
      type: 'initialize/result',
      result: {
        session_id: expect.any(String),
        state: 'ACTIVE',
        server: { name: 'mcp-git-server' },
        heartbeat: { interval_ms: 30_000, missed_threshold: 3 },
      },
    });
  });

  it('lists every tool with its schemas and hints', async () => {
    const frame = await client.request('tools/list');

    expect(frame['result'].tools.map(({ name }: { name: string }) => name)).toContain('git_status');
    // One of them is of the diagnosis, for operators.
    expect(frame['result'].tools).toHaveLength(TOOL_CLASSES.length + 1);
    for (const tool of frame['result'].tools) {
      expect(tool).toMatchObject({
        inputSchema: { type: 'object' },
        outputSchema: { type: 'object' },
        annotations: { readOnlyHint: expect.any(Boolean), openWorldHint: expect.any(Boolean) },
      });
    }
  });

  it('sees a new file, stages it and commits it', async () => {
    repository.write('new.txt', 'new\n');

    expect(await structured('git_status')).toMatchObject({ branch: 'main', entries: [{ path: 'new.txt' }] });
    await structured('git_add', { files: ['new.txt'] });
    const commit = await structured('git_commit', { message: 'second' });

    expect(commit).toMatchObject({ head: repository.head(), branch: 'main' });
    expect(repository.status()).toBe('');
    expect(await structured('git_log', { max_count: 1 })).toMatchObject({
      commits: [{ sha: repository.head() }],
    });
  });

  it('branches, commits there and merges back', async () => {
    await structured('git_create_branch', { branch_name: 'feature' });
    await structured('git_checkout', { branch_name: 'feature' });
    repository.write('feature.txt', 'feature\n');
    await structured('git_add', { files: ['feature.txt'] });
    await structured('git_commit', { message: 'on feature' });
    await structured('git_checkout', { branch_name: 'main' });

    expect(await structured('git_merge', { source_branch: 'feature', confirm: true })).toMatchObject({
      outcome: 'fast-forward',
    });
    expect(repository.has('feature.txt')).toBe(true);
  });

  it('stops a rebase at a conflict, names the file and takes it back on abort', async () => {
    repository.branch('left').branch('right').checkout('right');
    repository.commitFiles('right', { 'file.txt': 'right\n' });
    const left = repository.checkout('left').commitFiles('left', { 'file.txt': 'left\n' });

    const error = await refused('git_rebase', { target_branch: 'right' });
    expect(error).toMatchObject({
      code: 'merge_conflict',
      details: { operation: 'rebase', paths: ['file.txt'] },
    });
    expect(await structured('git_status')).toMatchObject({ operation: 'rebase' });

    await structured('git_abort', { operation: 'rebase' });
    expect(repository.head()).toBe(left);
    expect(repository.currentBranch()).toBe('left');
    repository.checkout('main');
  });

  it('pushes, clones and pulls through a bare repository', async () => {
    await structured('git_push', { remote: 'origin', branch: 'main', set_upstream: true });
    expect(remote.revision('main')).toBe(repository.head());

    const path = `${repository.root}/copy`;
    await structured('git_clone', { url: remote.path }, path);
    const pushed = repository.commitFiles('third', { 'third.txt': 'third\n' });
    await structured('git_push', { remote: 'origin', branch: 'main' });

    expect(await structured('git_pull', {}, path)).toMatchObject({ outcome: 'fast-forward', head: pushed });
  });

  it('ends the processes of an operation that is cancelled', async () => {
    const { server: silent, url } = await silentServer();
    const before = new Set(server.descendants().map(({ pid }) => pid));
    client.send({
      type: 'tools/call',
      id: 'clone',
      params: { name: 'git_clone', arguments: { url, repo_path: `${repository.root}/never` } },
    });
    const fresh = () => server.descendants().filter(({ pid }) => !before.has(pid));
    await eventually(() => expect(fresh().some(({ command }) => command.includes('clone'))).toBe(true));

    const ack = await client.request('notifications/cancelled', { request_id: 'clone' });
    const answer = await client.answer('clone');

    expect(ack).toMatchObject({ cancelled: true });
    expect(answer).toMatchObject({ type: 'error', error: { code: 'operation_cancelled' } });
    expect(fresh()).toEqual([]);
    expect(execFileSync('ls', [repository.root], { encoding: 'utf8' })).not.toContain('never');
    silent.close();
  });

  it('refuses tools while paused and serves them again when resumed', async () => {
    expect(await client.request('session/pause')).toMatchObject({ result: { state: 'PAUSED' } });
    expect((await refused('git_status')).code).toBe('forbidden');
    expect(await client.request('session/resume')).toMatchObject({ result: { state: 'ACTIVE' } });
    expect(await structured('git_status')).toMatchObject({ branch: 'main' });
  });

  it('closes with the counters of what was done', async () => {
    const frame = await client.request('session/close');

    expect(frame).toMatchObject({
      type: 'session/close/result',
      result: { metrics: { command_count: expect.any(Number) } },
    });
    expect(await client.closing()).toMatchObject({ code: 1000 });
  });

  it('leaves a server that ends in order', async () => {
    expect(await server.stop()).toBe(0);
  });
});
