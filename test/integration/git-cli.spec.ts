import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { COMMAND_TABLE } from '../../src/git/cli/command-table.js';
import { READING_SETTINGS } from '../../src/git/cli/fixed-settings.js';
import { type GitConfig } from '../../src/config/sections/index.js';
import { type Environment } from '../../src/config/environment.js';
import { type Repository } from '../../src/git/repository.js';
import { CHILD_ENVIRONMENT } from '../support/child-environment.js';
import { GitRepository } from '../support/git-repository.js';
import { type GitServices } from '../support/git-services.js';
import { fakeGitIn, PLACES, startGit } from './git-cli.harness.js';

const signal = new AbortController().signal;

describe.each(PLACES)('Running git %s', (place) => {
  let repo: GitRepository;
  let services: GitServices | undefined;
  let here: Repository;

  beforeEach(() => {
    repo = new GitRepository();
  });

  afterEach(async () => {
    await services?.close();
    repo.remove();
  });

  async function start(config?: (git: GitConfig) => void, environment?: Environment): Promise<GitServices> {
    const started = await startGit(place, repo, config, environment);
    ({ services, here } = started);
    return started.services;
  }

  const fakeGit = (script: string) => fakeGitIn(repo, script);

  describe('the arguments', () => {
    it.each([
      ['an option in place of a revision', { name: 'log', revisions: ['--output=owned'] }],
      ['an abbreviated option', { name: 'log', revisions: ['--outp=owned'] }],
      ['an empty revision', { name: 'log', revisions: [''] }],
      ['a revision with NUL', { name: 'log', revisions: ['HEAD\0--output=owned'] }],
      ['an option where names go plainly', { name: 'switch', revisions: ['-c'] }],
    ])('refuse %s', async (_, command) => {
      const { cli } = await start();

      await expect(cli.run(here, command, signal)).rejects.toMatchObject({ code: 'revision_not_found' });
      expect(repo.has('owned')).toBe(false);
    });

    it.each([
      ['a command', { name: 'daemon' }],
      ['an option that names a pager', { name: 'grep', options: ['-O'] }],
      ['a format that a program compresses', { name: 'archive', options: ['--format=tgz'] }],
      ['an option', { name: 'log', options: ['--output=owned'] }],
      ['an option of another command', { name: 'status', options: ['--all'] }],
      ['paths for a command without', { name: 'rev-parse', paths: ['a'] }],
    ])('are a fault of ours with %s that the table does not hold', async (_, command) => {
      const { cli } = await start();

      await expect(cli.run(here, command, signal)).rejects.toThrow(/table|takes no/);
    });

    it('keep a revision that is no revision from being taken for a path', async () => {
      repo.commitFiles('one', { 'a.txt': 'x' });
      const { cli } = await start();

      const { exitCode } = await cli.run(here, { name: 'log', revisions: ['a.txt'] }, signal);

      expect(exitCode).toBe(128);
    });

    it('that are too long for the system are an orderly failure', async () => {
      const { cli } = await start();

      await expect(
        cli.run(here, { name: 'log', revisions: ['x'.repeat(200_000)] }, signal),
      ).rejects.toMatchObject({
        code: 'operation_failed',
        details: { reason: 'E2BIG' },
      });
    });
  });

  it('gives the process exactly the environment that is listed', async () => {
    repo.commit('one');
    const binary = fakeGit('tr "\\0" "\\n" < /proc/$$/environ');
    const hostile = {
      GIT_DIR: '/elsewhere',
      GIT_TRACE: '/tmp/owned',
      GIT_EXTERNAL_DIFF: 'owned',
      GIT_CONFIG_PARAMETERS: "'core.pager=owned'",
      MCP_GIT_AUTH_TOKENS: 'secret',
      SSH_AUTH_SOCK: '/agent',
      LD_PRELOAD: '/owned.so',
    };
    const { cli } = await start(
      (git) => {
        git.binary = binary;
      },
      { PATH: process.env['PATH'], TZ: 'UTC', ...hostile },
    );

    const { stdout } = await cli.run(here, { name: 'status' }, signal, { env: { GIT_AUTHOR_NAME: 'Ada' } });

    const env = new Map(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)] as const),
    );
    expect([...env.keys()].toSorted()).toEqual([...CHILD_ENVIRONMENT, 'GIT_AUTHOR_NAME', 'TZ'].toSorted());
    expect(env.get('GIT_DIR')).toBe(join(repo.path, '.git'));
    expect(env.get('GIT_ALLOW_PROTOCOL')).toBe('none');
    expect(env.get('GIT_CONFIG_PARAMETERS')).toBe(
      READING_SETTINGS.map(([key, value]) => `'${key}=${value}'`).join(' '),
    );
    expect(stdout).not.toContain('secret');
  });

  it('lets a caller set nothing but author and committer', async () => {
    const { cli } = await start();

    const run = cli.run(here, { name: 'status' }, signal, { env: { GIT_DIR: '/elsewhere' } });

    await expect(run).rejects.toThrow('not for a caller');
  });

  it('shows names outside ASCII as they are', async () => {
    repo.write('naïve ✓.txt', 'x');
    const { cli } = await start();

    const { stdout } = await cli.run(here, { name: 'status', options: ['--porcelain'] }, signal);

    expect(stdout).toBe('?? "naïve ✓.txt"\n');
  });

  it('leaves no failure to nobody where its input fails before it starts', async () => {
    const { cli } = await start();
    repo.config('core.worktree', repo.root);
    const strays: unknown[] = [];
    const note = (reason: unknown) => void strays.push(reason);
    process.on('unhandledRejection', note);

    const input = Promise.reject(new Error('what it was to be given'));
    const run = cli.run(here, { name: 'diff-tree', options: ['--stdin'] }, signal, { input });

    await expect(run).rejects.toMatchObject({ code: 'untrusted_config' });
    await setImmediate();
    process.off('unhandledRejection', note);
    expect(strays).toEqual([]);
  });

  it('says that a configuration is broken', async () => {
    await start();
    repo.write('.git/config', '[core\n');

    await expect(services?.cli.run(here, { name: 'status' }, signal)).rejects.toMatchObject({
      code: 'untrusted_config',
      details: { reason: 'unreadable' },
    });
  });

  it('reaches no remote with a command that is given no way to', async () => {
    repo.commit('one');
    const bare = repo.cloneBare();
    const { cli } = await start();

    const { exitCode, stderr } = await cli.run(here, { name: 'fetch', revisions: [bare.path] }, signal);

    expect(exitCode).toBe(128);
    expect(stderr).toContain('not allowed');
  });

  it.skipIf(process.getuid?.() !== 0)('works on a repository that another account owns', async () => {
    const one = repo.commitFiles('one', { a: 'x' });
    repo.git(['remote', 'add', 'origin', repo.cloneBare().path]);
    execFileSync('chown', ['-R', '12345', repo.path, join(repo.root, 'remote.git')]);
    const { cli, remotes } = await start();

    const { stdout } = await cli.run(
      here,
      { name: 'rev-parse', options: ['--verify'], revisions: ['HEAD'] },
      signal,
    );
    const updates = await remotes.fetch(here, { remote: 'origin' }, () => undefined, signal);
    const path = join(repo.root, 'copy');
    const clone = await remotes.clone({ url: repo.path, path }, () => undefined, signal);

    expect([stdout.trim(), updates[0]?.to, clone.head]).toEqual([one, one, one]);
  });

  it('knows no command that runs programs by design', () => {
    const risky = ['bisect', 'difftool', 'filter-branch', 'hook', 'mergetool', 'submodule', 'svn', 'daemon'];

    expect(risky.filter((name) => COMMAND_TABLE.has(name))).toEqual([]);
  });
});
