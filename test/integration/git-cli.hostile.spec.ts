import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GitConfig } from '../../src/config/sections/index.js';
import { type Environment } from '../../src/config/environment.js';
import { type Repository } from '../../src/git/repository.js';
import { ServerError } from '../../src/shared/errors/index.js';
import { GitRepository } from '../support/git-repository.js';
import { type GitServices } from '../support/git-services.js';
import { PLACES, startGit } from './git-cli.harness.js';

const signal = new AbortController().signal;

describe.each(PLACES)('Against a hostile repository, git %s', (place) => {
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
