import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { afterEach, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { isAlive, ServerProcess } from '../support/server-process.js';
import { TestClient } from '../support/test-client.js';

describe('mcp-git-server serve', () => {
  let server: ServerProcess | undefined;

  afterEach(async () => {
    await server?.stop('SIGKILL');
  });

  it('prints one line with its address on which it answers', async () => {
    server = await ServerProcess.start();

    const { status } = await fetch(`${server.url}/health/live`);

    expect(status).toBe(200);
    expect(server.logs.split('\n').filter((line) => line.startsWith('mcp-git-server '))).toHaveLength(1);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with 0 after %s and leaves no process behind',
    async (signal) => {
      server = await ServerProcess.start();
      await fetch(`${server.url}/health/live`);
      const children = server.descendants();

      const code = await server.stop(signal);

      expect(code).toBe(0);
      expect(children.filter(({ pid }) => isAlive(pid))).toEqual([]);
    },
  );

  it('waits for an operation after the first signal and ends it, git and all, with 143 at the second', async () => {
    const repository = new GitRepository();
    repository.commitFiles('first', { 'file.txt': 'one\n' });
    repository.write('file.txt', 'two\n').stage('file.txt');
    const hanging = join(repository.root, 'hanging-git');
    writeFileSync(hanging, '#!/bin/sh\ncase "$*" in *commit*) exec sleep 1000;; esac; exec git "$@"\n', {
      mode: 0o755,
    });
    server = await ServerProcess.start({
      env: {
        MCP_GIT_REPOSITORY: repository.root,
        MCP_GIT_GIT_BINARY: hanging,
      },
    });
    const running = server;
    const client = await TestClient.connect(server.webSocketUrl);
    client.send({
      type: 'tools/call',
      id: 'commit',
      params: { name: 'git_commit', arguments: { repo_path: repository.path, message: 'second' } },
    });
    await eventually(() =>
      expect(running.descendants().some(({ command }) => command.includes('sleep'))).toBe(true),
    );
    const children = server.descendants();

    process.kill(server.pid, 'SIGTERM');
    await client.next('server/draining');
    const code = await server.stop('SIGTERM');
    repository.remove();

    expect(code).toBe(143);
    expect(children.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('serves although nobody reads the line with its address', async () => {
    const cli = fileURLToPath(new URL('../../dist/bundle/cli.js', import.meta.url));
    const child = spawn(process.execPath, [cli, 'serve', '--port', '0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    await once(child.stderr, 'data');
    const ended = once(child, 'exit');
    const early = await Promise.race([ended, pause(2_000, 'still there')]);

    child.kill('SIGTERM');

    expect([early, await ended]).toEqual(['still there', [0, null]]);
  });

  it('logs what is questionable in its configuration', async () => {
    server = await ServerProcess.start({ env: { MCP_GIT_LOG_LEVLE: 'debug' } });

    expect(server.logs).toContain('did you mean MCP_GIT_LOG_LEVEL?');
  });
});
