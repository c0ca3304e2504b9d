import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { GitConfig } from '../../src/config/sections/index.js';
import { OrphanedProcesses } from '../../src/git/cli/orphaned-processes.js';
import { GitRepository } from '../support/git-repository.js';
import { isAlive } from '../support/server-process.js';

const dist = pathToFileURL(join(import.meta.dirname, '../../dist/')).href;
const guarded = spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0;

/** A server in small: one writing command, run until somebody ends it. */
const SERVER = `
await import('reflect-metadata');
const { GitConfig } = await import('${dist}config/sections/index.js');
const { GitCliRunner } = await import('${dist}git/git-cli.runner.js');
const { RepositoryConfigInspector } = await import('${dist}git/cli/repository-config.inspector.js');
const { systemClock } = await import('${dist}shared/clock.js');
const [binary, folder] = process.argv.slice(1);
const config = Object.assign(new GitConfig(), { binary });
const { GitFolderLinks } = await import('${dist}git/paths/git-folder-links.js');
const { ResourceLedger } = await import('${dist}resources/resource.ledger.js');
const inspector = new RepositoryConfigInspector(systemClock, config);
const runner = new GitCliRunner(config, inspector, process.env, new GitFolderLinks(config), new ResourceLedger(systemClock));
await runner.runIn(folder, { name: 'reset' }, new AbortController().signal);
`;

describe('A server that is killed', () => {
  let repo: GitRepository;

  beforeEach(() => {
    repo = new GitRepository();
  });

  afterEach(() => {
    repo.remove();
  });

  const orphans = new OrphanedProcesses(Object.assign(new GitConfig(), { killGrace: 200 }));
  const lockOf = () => join(repo.root, 'held.lock');

  /** @param atTerm what the git that it runs does when it is asked to end */
  async function startServer(atTerm: string): Promise<{ server: ChildProcess; git: number }> {
    const pidFile = join(repo.root, 'pid');
    const script = `#!/bin/sh\ntrap '${atTerm}' TERM\nexec 9>"${lockOf()}"\necho $$ > "${pidFile}"\nwhile :; do sleep 0.05; done\n`;
    repo.write('../fake-git', script, 0o755);
    const args = ['--input-type=module', '-e', SERVER, join(repo.root, 'fake-git'), repo.root];
    const server = spawn(process.execPath, args, {
      cwd: join(import.meta.dirname, '../..'),
      stdio: 'ignore',
    });
    await vi.waitFor(() => expect(readFileSync(pidFile, 'utf8')).toMatch(/\d+\n/), { timeout: 20_000 });
    return { server, git: Number(readFileSync(pidFile, 'utf8')) };
  }

  it.skipIf(!guarded)('takes along the git that writes, which cleans up after itself', async () => {
    const { server } = await startServer(`rm -f "${lockOf()}"; exit 143`);

    await kill(server);

    await vi.waitFor(() => expect(existsSync(lockOf())).toBe(false), { timeout: 10_000 });
  });

  it('leaves a git that does not heed it to the next server, which ends it and removes its lock', async () => {
    const { server, git } = await startServer('');
    await kill(server);
    expect(isAlive(git)).toBe(true);

    await orphans.end();

    expect(isAlive(git)).toBe(false);
    expect(existsSync(lockOf())).toBe(false);
  });

  it('is told from one that runs, whose git is nobody else’s to end', async () => {
    const { server, git } = await startServer('');

    await orphans.end();

    expect(isAlive(git)).toBe(true);
    await kill(server);
    await orphans.end();
    expect(isAlive(git)).toBe(false);
  });
});

async function kill(server: ChildProcess): Promise<void> {
  server.kill('SIGKILL');
  await once(server, 'exit');
}
