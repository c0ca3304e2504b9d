import { copyFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GitWrites } from '../../src/git/git-writes.port.js';
import { type Repository } from '../../src/git/repository.js';
import { GitRepository } from '../support/git-repository.js';
import { WritingPlace } from './git-writes.harness.js';

const signal = new AbortController().signal;

describe('Writing to a repository', () => {
  let place: WritingPlace;
  let repo: GitRepository;
  let writes: GitWrites;
  let target: Repository;

  beforeEach(async () => {
    place = await WritingPlace.start();
    ({ repo, writes, target } = place);
  });

  afterEach(() => place.end());

  function swap(remove: string, write: string): void {
    rmSync(repo.file(remove), { recursive: true });
    repo.write(write, 'new');
  }

  function link(path: string): void {
    rmSync(repo.file(path));
    symlinkSync('elsewhere', repo.file(path));
  }

  function conflict(resolution: string | null): void {
    repo.conflict('merge');
    if (resolution === null) rmSync(repo.file('file.txt'));
    else repo.write('file.txt', resolution);
  }

  /** What plain git makes of it, in a copy of the index. */
  function afterPlainAdd(): Record<string, string> {
    const index = { GIT_INDEX_FILE: join(repo.root, 'index-copy') };
    copyFileSync(repo.file('.git/index'), index.GIT_INDEX_FILE);
    repo.git(['add', '--all'], index);
    return index;
  }

  describe('staging', () => {
    it.each([
      ['a name with a leading dash', '-x'],
      ['pathspec magic', ':(exclude)x'],
      ['a glob', '*.txt'],
      ['a newline', 'a\nb'],
      ['characters outside ASCII', 'naïve ✓'],
    ])('takes %s literally', async (_, name) => {
      repo.write(name, 'x').write('other.txt', 'y');

      expect(await writes.add(target, [name], signal)).toEqual([name]);

      expect((await writes.reset(target, {}, signal)).paths).toEqual([name]);
    });

    it('takes "." for everything, deletions included', async () => {
      repo.commitFiles('two', { 'gone.txt': 'x', 'kept.txt': 'y' });
      repo.write('new/file.txt', 'z');
      repo.git(['rm', '--quiet', '--cached', 'gone.txt']);
      repo.git(['clean', '--quiet', '-f', 'gone.txt']);

      expect(await writes.add(target, ['.'], signal)).toEqual(['gone.txt', 'new/file.txt']);
    });

    it('stages the deletion of a file that is gone', async () => {
      repo.commitFiles('one', { 'gone.txt': 'x' });
      repo.git(['rm', '--quiet', 'gone.txt']);
      repo.git(['reset', '--quiet']);

      expect(await writes.add(target, ['gone.txt'], signal)).toEqual(['gone.txt']);
    });

    it.each(['../outside', '/etc/passwd', '.git/config', 'sub/.GIT/x', '.git. /x', 'git~1/x', '', 'a\0b'])(
      'refuses %j as a path',
      async (file) => {
        await expect(writes.add(target, [file], signal)).rejects.toMatchObject({ code: 'path_not_allowed' });
      },
    );

    it.each<[string, () => void]>([
      ['a folder in place of a file', () => swap('a', 'a/b')],
      ['a file in place of a folder', () => swap('dir', 'dir')],
      ['a changed mode', () => void repo.write('a', '1', 0o755)],
      ['a link in place of a file', () => link('a')],
      ['a resolved conflict', () => conflict('both\n')],
      ['a conflict resolved by deletion', () => conflict(null)],
      ['a conflict resolved to one side', () => conflict('main\n')],
      ['a nested repository', () => void new GitRepository({ root: repo.path, name: 'n' }).commit('x')],
      ['ignored files', () => void repo.write('.gitignore', 'x*\n').write('x1', '1').write('y1', '1')],
      ['a file that is only intended', () => void repo.write('i', '1').git(['add', '-N', 'i'])],
    ])('stages %s as git add does', async (_, change) => {
      repo.commitFiles('base', { a: '1', 'dir/b': '1' });
      change();
      const theirs = repo.git(['ls-files', '--stage'], afterPlainAdd());

      await writes.add(target, ['.'], signal);

      expect(repo.git(['ls-files', '--stage'])).toBe(theirs);
    });

    it('names the files that do not exist', async () => {
      repo.write('here.txt', 'x');

      await expect(writes.add(target, ['here.txt', 'missing.txt'], signal)).rejects.toMatchObject({
        code: 'operation_failed',
        details: { reason: 'no-such-file', paths: ['missing.txt'] },
      });
    });

    it('names the files that are ignored', async () => {
      repo.write('.gitignore', '*.log\n').write('a.log', 'x').write('b.txt', 'y');

      await expect(writes.add(target, ['a.log', 'b.txt'], signal)).rejects.toMatchObject({
        details: { reason: 'ignored', paths: ['a.log'] },
      });
      expect(repo.status()).toContain('A  b.txt');
    });
  });

  describe('branches', () => {
    it('creates one at a base without switching to it', async () => {
      const one = repo.commit('one');
      repo.commit('two');

      expect(await writes.createBranch(target, 'feature/x', 'HEAD~1', signal)).toEqual({
        name: 'feature/x',
        sha: one,
      });
      expect(repo.currentBranch()).toBe('main');
    });

    it.each([
      '-x',
      'a..b',
      'a b',
      'a~1',
      'a^',
      'a:b',
      'a?',
      'a*',
      'a[',
      'a\\b',
      'x.lock',
      'a/',
      '/a',
      'a//b',
      '@',
      'HEAD',
      '.a',
      'a/.b',
      'a.',
      'a@{b',
      '',
    ])('refuses %j as a name', async (name) => {
      repo.commit('one');

      await expect(writes.createBranch(target, name, undefined, signal)).rejects.toMatchObject({
        details: { reason: 'invalid-name' },
      });
    });

    it('refuses a name that is taken, and a base that is not there', async () => {
      repo.commit('one');

      await expect(writes.createBranch(target, 'main', undefined, signal)).rejects.toMatchObject({
        details: { reason: 'branch-exists' },
      });
      await expect(writes.createBranch(target, 'x', '--all', signal)).rejects.toMatchObject({
        code: 'revision_not_found',
      });
      await expect(writes.createBranch(target, 'x', 'nowhere', signal)).rejects.toMatchObject({
        code: 'revision_not_found',
        details: { revision: 'nowhere' },
      });
    });

    it('checks out a branch, a tag with HEAD detached, and the branch of a remote', async () => {
      const one = repo.commitFiles('one', { a: '1' });
      repo.tag('v1').branch('other');
      const two = repo.commitFiles('two', { a: '2' });
      repo.git(['update-ref', 'refs/remotes/origin/theirs', one]);
      repo.git(['remote', 'add', 'origin', '/nowhere']);

      expect(await writes.checkout(target, 'other', signal)).toEqual({ branch: 'other', head: one });
      expect(await writes.checkout(target, 'main', signal)).toEqual({ branch: 'main', head: two });
      expect(await writes.checkout(target, 'v1', signal)).toEqual({ branch: null, head: one });
      expect(await writes.checkout(target, 'theirs', signal)).toEqual({ branch: 'theirs', head: one });
      expect(repo.git(['config', 'branch.theirs.remote']).trim()).toBe('origin');
    });

    it.each(['tracked', 'untracked'])('keeps a %s change that would be lost, and names it', async (kind) => {
      repo.commitFiles('one', { a: '1', b: '1' });
      repo.branch('other').checkout('other').commitFiles('two', { a: '2', c: '2' });
      repo.checkout('main');
      const file = kind === 'tracked' ? 'a' : 'c';
      repo.write(file, 'mine');

      await expect(writes.checkout(target, 'other', signal)).rejects.toMatchObject({
        details: { reason: 'local-changes', paths: [file] },
      });
      expect(repo.read(file)).toBe('mine');
    });

    it('refuses what names nothing', async () => {
      repo.commit('one');

      await expect(writes.checkout(target, 'nowhere', signal)).rejects.toMatchObject({
        code: 'revision_not_found',
      });
      await expect(writes.checkout(target, '--orphan', signal)).rejects.toMatchObject({
        code: 'revision_not_found',
      });
    });
  });

  describe("git's own locks", () => {
    it('are waited for, and then named with their age; nobody removes them', async () => {
      repo.write('a', 'x');
      const lock = join(repo.path, '.git', 'index.lock');
      writeFileSync(lock, '');

      await expect(writes.add(target, ['a'], signal)).rejects.toMatchObject({
        code: 'repository_busy',
        retryAfterMs: 1_000,
        details: { lock: 'index.lock' },
      });

      expect(repo.has('.git/index.lock')).toBe(true);
    });
  });

  describe('a new repository', () => {
    it('is made with main as its branch, or the one that is named', async () => {
      const made = await writes.init(join(repo.root, 'new'), undefined, false, signal);
      const bare = await writes.init(join(repo.root, 'new.git'), 'trunk', true, signal);

      expect(made).toMatchObject({ path: join(repo.root, 'new'), bare: false });
      expect(bare).toMatchObject({ path: join(repo.root, 'new.git'), bare: true });
      expect(repo.git(['--git-dir', bare.path, 'symbolic-ref', 'HEAD']).trim()).toBe('refs/heads/trunk');
    });

    it('is not made over something', async () => {
      repo.commitFiles('one', { a: 'x' });

      await expect(writes.init(repo.path, undefined, false, signal)).rejects.toMatchObject({
        details: { reason: 'not-empty' },
      });
    });
  });
});
