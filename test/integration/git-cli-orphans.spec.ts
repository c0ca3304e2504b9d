import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { GitRepository } from '../support/git-repository.js';

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

  it.skipIf(!guarded)('takes along the git that writes, which cleans up after itself', async () => {
    const lock = join(repo.root, 'lock');
    const pidFile = join(repo.root, 'pid');
    const script = `#!/bin/sh\ntrap 'rm -f "${lock}"; exit 143' TERM\ntouch "${lock}"\necho $$ > "${pidFile}"\nwhile :; do sleep 0.05; done\n`;
    repo.write('../fake-git', script, 0o755);
    const args = ['--input-type=module', '-e', SERVER, join(repo.root, 'fake-git'), repo.root];
    const server = spawn(process.execPath, args, {
      cwd: join(import.meta.dirname, '../..'),
      stdio: 'ignore',
    });
    await vi.waitFor(() => expect(readFileSync(pidFile, 'utf8')).toMatch(/\d+\n/), { timeout: 20_000 });

    server.kill('SIGKILL');

    await vi.waitFor(() => expect(existsSync(lock)).toBe(false), { timeout: 10_000 });
  });
});
