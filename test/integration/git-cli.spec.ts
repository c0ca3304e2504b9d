import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { COMMAND_TABLE } from '../../src/git/cli/command-table.js';
import { READING_SETTINGS } from '../../src/git/cli/fixed-settings.js';
import { type GitConfig } from '../../src/config/sections/index.js';
import { type Environment } from '../../src/config/environment.js';
import { type Repository } from '../../src/git/repository.js';
import { ServerError } from '../../src/shared/errors/index.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

const signal = new AbortController().signal;

describe.each(['from the server', 'from its spawner'])('Running git %s', (place) => {
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
    services = await GitServices.start({
      roots: [repo.root],
      ...(config && { config }),
      ...(environment && { environment }),
    });
    if (place === 'from its spawner') await services.spawner.begin();
    here = await services.locator.locate(repo.path, signal);
    return services;
  }

  /** A program in git's place; what it does with `git config` is answer that there is nothing. */
  function fakeGit(script: string): string {
    const path = join(repo.root, 'fake-git');
    const other = new GitRepository({ root: repo.root, name: 'tools' });
    other.write('../fake-git', `#!/bin/sh\ncase " $* " in *" config "*) exit 0;; esac\n${script}\n`, 0o755);
    return path;
  }

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
    expect([...env.keys()].toSorted()).toEqual([
      'GIT_ALLOW_PROTOCOL',
      'GIT_ASKPASS',
      'GIT_ATTR_NOSYSTEM',
      'GIT_AUTHOR_NAME',
      'GIT_CEILING_DIRECTORIES',
      'GIT_CONFIG_GLOBAL',
      'GIT_CONFIG_NOSYSTEM',
      'GIT_CONFIG_PARAMETERS',
      'GIT_CONFIG_SYSTEM',
      'GIT_DIR',
      'GIT_EDITOR',
      'GIT_LITERAL_PATHSPECS',
      'GIT_MERGE_AUTOEDIT',
      'GIT_NO_LAZY_FETCH',
      'GIT_NO_REPLACE_OBJECTS',
      'GIT_OPTIONAL_LOCKS',
      'GIT_PAGER',
      'GIT_PROTOCOL_FROM_USER',
      'GIT_SEQUENCE_EDITOR',
      'GIT_SSH_COMMAND',
      'GIT_SSH_VARIANT',
      'GIT_TERMINAL_PROMPT',
      'GIT_WORK_TREE',
      'HOME',
      'LANG',
      'LC_ALL',
      'MCP_GIT_OWNER',
      'PATH',
      'SSH_ASKPASS',
      'SSH_ASKPASS_REQUIRE',
      'TZ',
      'XDG_CONFIG_HOME',
    ]);
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

  describe('the end of a process', () => {
    /** Ignores SIGTERM, and so does what it starts; both write their process ids first. */
    const STUBBORN = `trap '' TERM
sh -c 'trap "" TERM; echo $$ >> "PIDS"; sleep 60' &
echo $$ >> "PIDS"
echo ready >&2
wait; sleep 60`;

    function stubborn(): { binary: string; pids: () => number[] } {
      const file = join(repo.root, 'pids');
      const binary = fakeGit(STUBBORN.replaceAll('PIDS', file));
      return { binary, pids: () => readFileSync(file, 'utf8').trim().split('\n').map(Number) };
    }

    it('takes the whole group along when the caller gives up', async () => {
      const { binary, pids } = stubborn();
      const { cli } = await start((git) => Object.assign(git, { binary, killGrace: 50 }));
      const caller = new AbortController();

      const run = cli.run(here, { name: 'status' }, caller.signal, { onStderrLine: () => caller.abort() });

      await expect(run).rejects.toMatchObject({ code: 'operation_cancelled' });
      expect(pids().filter(isAlive)).toEqual([]);
    });

    it('comes at the deadline', async () => {
      const { binary, pids } = stubborn();
      const { cli } = await start((git) => Object.assign(git, { binary, killGrace: 50 }));

      const run = cli.run(here, { name: 'status' }, signal, { timeoutMs: 500 });

      await expect(run).rejects.toMatchObject({ code: 'operation_timeout' });
      expect(pids().filter(isAlive)).toEqual([]);
    });

    it('keeps the reason that an outer deadline gave', async () => {
      const { binary } = stubborn();
      const { cli } = await start((git) => Object.assign(git, { binary, killGrace: 50 }));
      const outer = new AbortController();
      const reason = new ServerError('operation_timeout', 'The outer deadline has passed');

      const run = cli.run(here, { name: 'status' }, outer.signal, {
        onStderrLine: () => outer.abort(reason),
      });

      await expect(run).rejects.toBe(reason);
    });

    it('does not wait for a grandchild that holds the output', async () => {
      const binary = fakeGit('sleep 60 &\necho done');
      const { cli } = await start((git) => Object.assign(git, { binary, killGrace: 50 }));

      const { stdout } = await cli.run(here, { name: 'status' }, signal);

      expect(stdout).toBe('done\n');
    });

    it('lets git clean up its locks: SIGTERM comes first', async () => {
      const binary = fakeGit(`trap 'rm -f "${repo.root}/lock"; exit 143' TERM
touch "${repo.root}/lock"; echo ready >&2; while :; do sleep 0.01; done`);
      const { cli } = await start((git) => Object.assign(git, { binary, killGrace: 20_000 }));
      const caller = new AbortController();

      const run = cli.run(here, { name: 'reset' }, caller.signal, { onStderrLine: () => caller.abort() });

      await expect(run).rejects.toMatchObject({ code: 'operation_cancelled' });
      expect(existsSync(join(repo.root, 'lock'))).toBe(false);
    });

    it('removes the locks of a git that had to be killed, and no others', async () => {
      repo.write('.git/HEAD.lock', 'of somebody else');
      const binary = fakeGit(`trap '' TERM
exec 3> "${repo.path}/.git/index.lock"
echo ready >&2; while :; do sleep 0.01; done`);
      const { cli } = await start((git) => Object.assign(git, { binary, killGrace: 50 }));
      const caller = new AbortController();

      const run = cli.run(here, { name: 'reset' }, caller.signal, { onStderrLine: () => caller.abort() });

      await expect(run).rejects.toMatchObject({ code: 'operation_cancelled' });
      expect([repo.has('.git/index.lock'), repo.has('.git/HEAD.lock')]).toEqual([false, true]);
    });

    it('starts nothing for a caller who has given up already', async () => {
      const { binary } = stubborn();
      const { cli } = await start((git) => Object.assign(git, { binary }));

      await expect(cli.run(here, { name: 'status' }, AbortSignal.abort())).rejects.toMatchObject({
        code: 'operation_cancelled',
      });
      expect(existsSync(join(repo.root, 'pids'))).toBe(false);
    });

    it.each(['status', 'reset'])('is an orderly failure where git cannot be started (%s)', async (name) => {
      const { cli } = await start((git) => Object.assign(git, { binary: '/nowhere/git' }));

      await expect(cli.runIn(repo.root, { name }, signal)).rejects.toMatchObject({
        code: 'operation_failed',
        details: { reason: 'ENOENT' },
      });
    });
  });

  describe('the output', () => {
    it('is cut at the cap, at a whole character, and said to be', async () => {
      const binary = fakeGit('while :; do printf "✓✓✓✓✓✓✓✓"; done');
      const { cli } = await start((git) => Object.assign(git, { binary }));

      const result = await cli.run(here, { name: 'status' }, signal, { maxOutputBytes: 1_000 });

      expect(result).toMatchObject({ exitCode: 0, truncated: true, stdout: '✓'.repeat(333) });
    });

    it('of a writing command is cut, but the command goes on to its end', async () => {
      const binary = fakeGit(`printf '%5000s' x; touch "${repo.root}/finished"; exit 3`);
      const { cli } = await start((git) => Object.assign(git, { binary }));

      const result = await cli.run(here, { name: 'reset' }, signal, { maxOutputBytes: 1_000 });

      expect(result).toMatchObject({ exitCode: 3, truncated: true });
      expect(existsSync(join(repo.root, 'finished'))).toBe(true);
    });

    it('on stderr is kept to ten thousand bytes', async () => {
      const binary = fakeGit("printf '%50000s' x >&2");
      const { cli } = await start((git) => Object.assign(git, { binary }));

      const { stderr } = await cli.run(here, { name: 'status' }, signal);

      expect(stderr).toHaveLength(10_000);
    });
  });

  describe('in a hostile repository', () => {
    let canary: string;

    /** Everything that peers run by accident, each leaving its own mark. */
    function poison(): void {
      const run = (mark: string) => `echo ${mark} >> '${canary}'; cat`;
      repo.commitFiles('base', { 'a.txt': 'one\n', '.gitattributes': '*.txt filter=a=b diff=d merge=m\n' });
      repo.diverge('b.txt');
      for (const key of ['clean', 'smudge', 'process']) repo.config(`filter.a=b.${key}`, run(key));
      repo.config('filter.a=b.required', 'true');
      repo.config('diff.d.textconv', run('textconv')).config('diff.d.command', run('diff-command'));
      repo.config('diff.external', run('diff.external')).config('merge.m.driver', run('merge-driver'));
      repo.config('core.fsmonitor', run('fsmonitor')).config('core.pager', run('pager'));
      repo.config('core.editor', run('editor')).config('sequence.editor', run('sequence.editor'));
      repo.config('core.alternateRefsCommand', run('alternate-refs')).config('core.sshCommand', run('ssh'));
      repo
        .config('log.showSignature', 'true')
        .config('gpg.program', run('gpg'))
        .config('gpg.ssh.program', run('gpg-ssh'));
      repo.config('commit.gpgSign', 'true').config('tag.gpgSign', 'true');
      repo.config('trailer.sign.command', run('trailer')).config('trailer.sign.key', 'Signed');
      repo
        .config('credential.helper', `!${run('credential')}`)
        .config('submodule.s.update', `!${run('submodule')}`);
      repo.config('core.hooksPath', 'hooks').config('protocol.ext.allow', 'always');
      repo.config('extensions.partialClone', 'origin').config('remote.origin.promisor', 'true');
      repo.config('remote.origin.url', `ext::sh -c echo% ext% >>% ${canary}`);
      for (const name of HOOKS) repo.write(`hooks/${name}`, `#!/bin/sh\n${run(name)}\n`, 0o755);
      repo.write('a.txt', 'two\n');
    }

    beforeEach(async () => {
      canary = join(repo.root, 'canary');
      poison();
      await start();
    });

    const marks = () => (existsSync(canary) ? readFileSync(canary, 'utf8') : '');

    it('the poison works: plain git runs it', () => {
      expect(() => repo.git(['status'])).toThrow(/clean filter/);

      expect(marks()).toMatch(/fsmonitor[^]*process/);
    });

    it.each([
      { name: 'status', options: ['--porcelain'] },
      { name: 'diff', options: ['-p'] },
      { name: 'diff', options: ['--cached', '-p'] },
      { name: 'diff', options: ['-p'], revisions: ['main', 'other'] },
      { name: 'diff-index', options: ['-p'], revisions: ['HEAD'] },
      { name: 'diff-files', options: ['-p'] },
      { name: 'diff-tree', options: ['-p', '--root'], revisions: ['HEAD'] },
      { name: 'log', options: ['-p', '--format=%H %G?'] },
      { name: 'show', options: ['-p'], revisions: ['HEAD'] },
      { name: 'rev-list', options: ['--all'] },
      { name: 'ls-files', options: ['--modified', '-z'] },
      { name: 'for-each-ref' },
      { name: 'cat-file', options: ['-t'], revisions: ['0123456789012345678901234567890123456789'] },
      { name: 'config', options: ['--list', '--null'] },
    ])('nothing of it runs on a read: git $name $options', async (command) => {
      await services?.cli.run(here, command, signal);

      expect(marks()).toBe('');
    });

    it('nothing of it runs on a write', async () => {
      const { writes } = services as GitServices;
      await writes.add(here, ['a.txt'], signal);
      await writes.commit(here, { message: 'two' }, signal);
      await expect(writes.merge(here, { source: 'other' }, signal)).rejects.toMatchObject({
        code: 'merge_conflict',
      });
      await writes.abort(here, 'merge', signal);
      await expect(writes.rebase(here, { upstream: 'other' }, signal)).rejects.toMatchObject({
        code: 'merge_conflict',
      });
      await writes.abort(here, 'rebase', signal);
      await expect(
        writes.cherryPick(here, { commits: 'other', noCommit: false }, signal),
      ).rejects.toMatchObject({
        code: 'merge_conflict',
      });
      repo.write('b.txt', 'resolved\n');
      await writes.add(here, ['b.txt'], signal);
      await writes.continue(here, 'cherry-pick', signal);
      await writes.createBranch(here, 'new', undefined, signal);
      await writes.checkout(here, 'other', signal);
      await writes.reset(here, {}, signal);

      expect(marks()).toBe('');
      expect(repo.git(['cat-file', '-p', 'new:a.txt'])).toBe('two\n');
    });

    it('what is added between two commands does not run either', async () => {
      const { cli } = services as GitServices;
      await cli.run(here, { name: 'status' }, signal);
      repo.config('filter.late.clean', `echo late >> '${canary}'; cat`);
      repo.write('.git/info/attributes', 'a.txt filter=late\n');
      repo.write('a.txt', 'six\n');

      await cli.run(here, { name: 'diff', options: ['-p'] }, signal);

      expect(marks()).toBe('');
    });

    it('what an included file holds does not run either', async () => {
      repo.write('.git/more', `[filter "inc"]\n\tclean = echo included >> '${canary}'; cat\n`);
      repo.config('include.path', 'more');
      repo.write('.git/info/attributes', 'a.txt filter=inc\n');
      repo.write('a.txt', 'six\n');

      await services?.cli.run(here, { name: 'diff', options: ['-p'] }, signal);

      expect(marks()).toBe('');
    });
  });

  it.each([
    ['filter.late.clean', 'untrusted_config changed-meanwhile filter.late.clean'],
    ['user.nickname', 'false'],
  ])('notices whether %s is dangerous, configured while git runs', async (key, outcome) => {
    repo.commit('one');
    const binary = join(repo.root, 'meddler');
    const meddles = `case " $* " in *" config "*) ;; *) git config '${key}' x;; esac`;
    writeFileSync(binary, `#!/bin/sh\n${meddles}\nexec git "$@"\n`, { mode: 0o755 });
    const { cli } = await start((git) => (git.binary = binary));

    const run = cli.run(here, { name: 'rev-parse', options: ['--is-bare-repository'] }, signal);

    const told = await run.then(
      ({ stdout }) => stdout.trim(),
      ({ code, details }: ServerError) => {
        const { reason, keys } = details as { reason: string; keys: string[] };
        return [code, reason, ...keys].join(' ');
      },
    );
    expect(told).toBe(outcome);
    // Known from now on, and overridden.
    await cli.run(here, { name: 'rev-parse', options: ['--is-bare-repository'] }, signal);
  });

  it('does not enter a nested repository, whose filters are its own', async () => {
    const canary = join(repo.root, 'canary');
    const nested = new GitRepository({ root: repo.path, name: 'nested' });
    nested.commitFiles('one', { 'n.txt': 'one\n', '.gitattributes': '*.txt filter=own\n' });
    repo.git(['update-index', '--add', '--cacheinfo', `160000,${nested.head()},nested`]);
    repo.commit('with a nested one');
    nested.config('filter.own.clean', `echo nested >> '${canary}'; cat`);
    nested.write('n.txt', 'two\n');
    const { cli } = await start();

    await cli.run(here, { name: 'status', options: ['--porcelain'] }, signal);
    await cli.run(here, { name: 'diff', options: ['-p'] }, signal);
    await services?.writes.add(here, ['.'], signal);

    expect(existsSync(canary)).toBe(false);
    repo.git(['status']);
    expect(existsSync(canary)).toBe(true);
  });

  it('refuses a repository whose work tree is elsewhere', async () => {
    await start();
    repo.config('core.worktree', repo.root);

    await expect(services?.cli.run(here, { name: 'status' }, signal)).rejects.toMatchObject({
      code: 'untrusted_config',
      details: { keys: ['core.worktree'] },
    });
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

const HOOKS = [
  'applypatch-msg',
  'commit-msg',
  'post-checkout',
  'post-commit',
  'post-index-change',
  'post-merge',
  'post-rewrite',
  'pre-commit',
  'pre-merge-commit',
  'pre-rebase',
  'prepare-commit-msg',
  'reference-transaction',
];

/** A zombie is dead: only nobody has asked for its exit code yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
