import { throws } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { isAlive } from '../support/server-process.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { Figures, ROOT } from './support/figures.js';
import { sumOf, timeUntil } from './support/observed.js';
import { scene } from './support/scene.js';

const NEEDS_ROOT = 'needs the right to mount';

describe('The disk is full', () => {
  const here = scene();

  it('of a repository: said, reads go on, and writes as soon as there is room', async (context) => {
    if (!ROOT) return context.skip(NEEDS_ROOT);
    const figures = new Figures(context, 5);
    const disk = new SmallDisk(8);
    try {
      const full = new GitRepository({ root: disk.folder });
      full.commitFiles('first', { 'file.txt': 'one\n' });
      await here.start({ MCP_GIT_REPOSITORY: disk.folder });
      const client = await here.connect();
      const call = (name: string, args: object = {}) =>
        here.call(client, name, { repo_path: full.path, ...args });
      full.write('file.txt', 'two\n').stage('file.txt');
      disk.fill();

      const refused = await call('git_commit', { message: 'no room' });
      const read = await call('git_log');
      disk.makeRoom();
      const again = await call('git_commit', { message: 'room' });

      expect(refused).toMatchObject({ error: { details: { reason: 'disk-full' } } });
      figures.exactly('reads that are served meanwhile', served(read), 1);
      figures.exactly('writes that are served as soon as there is room', served(again), 1);
      figures.exactly('restarts', isAlive(here.server.pid) ? 0 : 1, 0);
      full.fsck();
      await here.server.stop();
    } finally {
      disk.remove();
    }
  });

  it('of the sessions: they are served from memory, and outlive a kill as soon as there is room', async (context) => {
    if (!ROOT) return context.skip(NEEDS_ROOT);
    const figures = new Figures(context, 5);
    const disk = new SmallDisk(1);
    const stored = { MCP_GIT_SESSIONS_STORE_PATH: join(disk.folder, 'sessions'), MCP_GIT_LOG_LEVEL: 'info' };
    try {
      await here.start(stored);
      const clients = await Promise.all(
        Array.from({ length: 10 }, () => TestClient.begin(here.server.webSocketUrl)),
      );
      const call = () => Promise.all(clients.map((client) => here.call(client, 'git_log')));
      disk.fill();

      const served = (await Promise.all(Array.from({ length: 20 }, call))).flat();
      const failures = await sumOf(here.server, 'mcp_git_session_store_failures');
      disk.makeRoom();
      const took = await timeUntil(async () => {
        await call();
        return here.server.logs.includes('Sessions are stored again');
      }, 100);
      await call();
      const complaints = here.server.logs.split('Sessions cannot be stored').length - 1;
      await here.server.stop('SIGKILL');
      await Promise.all(clients.map((client) => client.closing()));
      await here.start(stored);
      const back = await Promise.all(
        clients.map((client) => TestClient.resume(here.server.webSocketUrl, client)),
      );
      here.clients.push(...back.map(({ client }) => client));

      figures.exactly('calls served', served.filter(({ type }) => type === 'tools/call/result').length, 200);
      figures.atLeast('writes that the store did not take', failures, 1);
      figures.exactly('lines of the log about it', complaints, 1);
      figures.atMost('stored again after', took, 5_000, 'ms');
      figures.exactly(
        'sessions that outlive the kill',
        back.filter(({ answer }) => answer['result']?.resume?.lost === 0).length,
        clients.length,
      );
      await here.server.stop();
    } finally {
      disk.remove();
    }
  });
});

function served(answer: Frame): number {
  return answer.type === 'tools/call/result' ? 1 : 0;
}

class SmallDisk {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'disk-')));
  private readonly rest = join(this.folder, 'rest');

  constructor(mebibytes: number) {
    const { status, stderr } = spawnSync(
      'mount',
      ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', this.folder],
      {
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw new Error(`mount: ${stderr}`);
  }

  fill(): void {
    throws(() => appendFileSync(this.rest, Buffer.alloc(2 ** 24)), /ENOSPC/);
  }

  makeRoom(): void {
    rmSync(this.rest);
  }

  remove(): void {
    // Whatever still runs on it, after a failure, keeps it until it ends.
    spawnSync('umount', ['--lazy', this.folder]);
    rmSync(this.folder, { recursive: true });
  }
}
