import { join } from 'node:path';
import { writeFileSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { isAlive, ServerProcess } from '../support/server-process.js';
import { TestClient } from '../support/test-client.js';

/** Commits when a file named `go` lies beside it. */
const WAITING =
  'case "$*" in *" commit "*) until [ -e "${0%/*}/go" ]; do sleep 0.1; done;; esac; exec git "$@"';
/** Hangs at a commit and heeds nothing but SIGKILL, as does its child. */
const STUBBORN =
  'case "$*" in *" commit "*) trap "" TERM; sleep 1000 & sleep 1000; wait;; *) exec git "$@";; esac';

describe('The end of the server', () => {
  let repository: GitRepository;
  let server: ServerProcess;
  let children: { pid: number }[] = [];

  const start = async (git: string) => {
    const binary = join(repository.root, 'fake-git');
    writeFileSync(binary, `#!/bin/sh\n${git}\n`, { mode: 0o755 });
    server = await ServerProcess.start({
      env: {
        MCP_GIT_REPOSITORY: repository.root,
        MCP_GIT_GIT_BINARY: binary,
        MCP_GIT_GIT_KILL_GRACE: '1s',
      },
    });
  };
  const commit = (more: object = {}) => ({
    params: { name: 'git_commit', arguments: { repo_path: repository.path, message: 'second' } },
    ...more,
  });
  const commands = () =>
    server
      .descendants()
      .map(({ command }) => command)
      .join('\n');
  const alive = () => children.filter(({ pid }) => isAlive(pid));
  const stubborn = () => server.descendants().filter(({ command }) => command.includes('sleep 1000'));
  const statusOf = async (path: string) => (await fetch(`${server.url}${path}`)).status;

  beforeEach(() => {
    repository = new GitRepository();
    repository.commitFiles('first', { 'file.txt': 'one\n' });
    repository.write('file.txt', 'two\n').stage('file.txt');
  });

  afterEach(async () => {
    await server.stop('SIGKILL');
    // What a failed test left behind; nobody else would end it.
    for (const { pid } of alive()) process.kill(pid, 'SIGKILL');
    children = [];
    repository.remove();
  });

  it('is announced, waits for what runs, answers it, and closes every socket with 1001', async () => {
    await start(WAITING);
    const [busy, talkative, silent] = [
      await TestClient.connect(server.webSocketUrl),
      await TestClient.connect(server.webSocketUrl),
      await TestClient.connect(server.webSocketUrl),
    ];
    const running = busy.request('tools/call', commit());
    await talkative.request('ping');
    await eventually(() => expect(commands()).toContain(' commit '));
    children = server.descendants();

    const ended = server.stop('SIGTERM');
    const announced = await talkative.next('server/draining');

    expect(announced).toEqual({ type: 'server/draining', deadline_ms: 30_000, resume: false });
    expect(await Promise.all(['/health/live', '/health/ready', '/health'].map(statusOf))).toEqual([
      200, 503, 503,
    ]);
    expect((await TestClient.refused(server.webSocketUrl)).status).toBe(503);
    expect((await talkative.request('tools/call', commit()))['error'].code).toBe('server_draining');
    writeFileSync(join(repository.root, 'go'), '');
    expect(await running).toMatchObject({ type: 'tools/call/result' });
    expect(await Promise.all([busy, talkative, silent].map((client) => client.closing()))).toMatchObject([
      { code: 1001 },
      { code: 1001 },
      { code: 1001 },
    ]);
    expect(silent.received).toEqual([]);
    expect(await ended).toBe(0);
    expect(alive()).toEqual([]);
    expect(repository.git(['log', '--format=%s'])).toBe('second\nfirst\n');
  });

  it('waits for a git whose caller has been answered but which does not end', async () => {
    await start(STUBBORN);
    const client = await TestClient.connect(server.webSocketUrl);
    const answered = client.request('tools/call', commit({ timeout_ms: 1_000 }));
    await eventually(() => expect(stubborn().length).toBeGreaterThan(1));
    children = server.descendants();

    expect((await answered)['error'].code).toBe('operation_timeout');
    expect(stubborn().length).toBeGreaterThan(1);
    const code = await server.stop('SIGTERM');

    expect(code).toBe(0);
    expect(alive()).toEqual([]);
  });

  it('told twice, answers what it cancels and still leaves no git behind that does not heed SIGTERM', async () => {
    await start(STUBBORN);
    const client = await TestClient.connect(server.webSocketUrl);
    const running = client.request('tools/call', commit());
    await eventually(() => expect(stubborn().length).toBeGreaterThan(1));
    children = server.descendants();

    process.kill(server.pid, 'SIGTERM');
    await client.next('server/draining');
    const code = await server.stop('SIGTERM');

    expect((await running)['error'].code).toBe('operation_cancelled');
    expect((await client.closing()).code).toBe(1001);
    expect(code).toBe(143);
    expect(alive()).toEqual([]);
  });
});
