import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { repositoryAt } from '../support/repository-at.js';
import { GitReadsHarness } from './git-reads.harness.js';

const signal = new AbortController().signal;

describe('Reads of what has a name', () => {
  let harness: GitReadsHarness;
  let repo: GitRepository;

  beforeAll(() => {
    harness = new GitReadsHarness();
  });
  afterAll(async () => harness.close());
  beforeEach(() => {
    repo = new GitRepository();
  });
  afterEach(() => repo.remove());

  const here = () => repositoryAt(repo.path);
  const show = (revision: string) => harness.reads.show(here(), revision, signal);
  const locals = () => harness.reads.branches(here(), { type: 'local' }, signal);
  const log = (revision?: string) =>
    harness.reads.log(here(), { maxCount: 10, ...(revision !== undefined && { revision }) }, signal);

  async function timesAnswered(operation: string): Promise<number> {
    return (await harness.outcomes())[`${operation} answered`] ?? 0;
  }

  describe('revisions', () => {
    beforeEach(() => {
      repo.commitFiles('one', { a: '1' });
      repo.tag('v1');
      repo.commitFiles('two', { a: '2' }, 1_700_000_001);
    });

    it.each([
      'HEAD',
      '@',
      'main',
      'refs/heads/main',
      'HEAD~1',
      'v1',
      'main^',
      'HEAD^{/one}',
      ':/one',
      'HEAD@{0}',
    ])('names the same commit to us as to git: %s', async (revision) => {
      expect((await show(revision)).commit.sha).toBe(repo.git(['rev-list', '-1', revision]).trim());
    });

    it('may be abbreviated', async () => {
      expect((await show(repo.head().slice(0, 8))).commit.sha).toBe(repo.head());
    });

    it('HEAD is looked up on every call', async () => {
      const before = (await show('HEAD')).commit.sha;
      const after = repo.commit('three', 1_700_000_002);

      expect((await show('HEAD')).commit.sha).toBe(after);
      expect(after).not.toBe(before);
    });

    it.each([
      '',
      '-1',
      '--output=owned.txt',
      '--upload-pack=touch owned.txt',
      'HEAD\n--output=owned.txt',
      'HEAD\0',
      'nothing',
      'HEAD~99',
      'HEAD@{99}',
      'HEAD:a',
      'main..',
      '../../../etc/passwd',
      '\ud800',
      'x'.repeat(5_000),
    ])('that name nothing are not found: %j', async (revision) => {
      const refused = { code: 'revision_not_found', details: { revision } };

      await expect(show(revision)).rejects.toMatchObject(refused);
      await expect(log(revision)).rejects.toMatchObject(refused);
      expect(existsSync(repo.file('owned.txt'))).toBe(false);
    });

    it('of a damaged repository are a failure, not a missing name', async () => {
      rmSync(repo.file('.git/HEAD'));

      await expect(show('HEAD')).rejects.toMatchObject({ code: 'operation_failed' });
    });

    it('do not follow a HEAD that leads out of the repository', async () => {
      rmSync(repo.file('.git/HEAD'));
      symlinkSync('/etc/hostname', repo.file('.git/HEAD'));

      await expect(show('HEAD')).rejects.toMatchObject({ code: 'operation_failed' });
    });

    it('are found in a linked work tree by its own HEAD', async () => {
      const path = join(repo.root, 'linked');
      repo.git(['worktree', 'add', '--quiet', '--detach', path, 'v1']);
      const linked = repositoryAt(path, {
        gitDir: repo.file('.git/worktrees/linked'),
        commonDir: repo.file('.git'),
      });

      expect((await harness.reads.show(linked, 'HEAD', signal)).commit.sha).toBe(repo.revision('v1'));
      expect((await harness.reads.show(linked, 'main', signal)).commit.sha).toBe(repo.head());
    });
  });

  describe('branches', () => {
    it('are told with what they follow, where they are and what that is about', async () => {
      const one = repo.commit('one');
      const clone = repo.clone();
      clone.git(['branch', 'ünï/deep']);
      const two = clone.commit('two', 1_700_000_001);
      const list = (type: 'local' | 'remote' | 'all') =>
        harness.reads.branches(repositoryAt(clone.path), { type }, signal);

      const local = [
        { name: 'main', remote: false, sha: two, subject: 'two', current: true, upstream: 'origin/main' },
        { name: 'ünï/deep', remote: false, sha: one, subject: 'one', current: false },
      ];
      const remote = [{ name: 'origin/main', remote: true, sha: one, subject: 'one', current: false }];
      expect(await list('local')).toEqual(local);
      expect(await list('remote')).toEqual(remote);
      expect(await list('all')).toEqual([...local, ...remote]);
    });

    it('may be those that contain a commit, or those that do not', async () => {
      repo.commit('one');
      repo.branch('old');
      const two = repo.commit('two', 1_700_000_001);

      const containing = await harness.reads.branches(here(), { type: 'local', contains: two }, signal);
      const others = await harness.reads.branches(here(), { type: 'local', notContains: two }, signal);

      expect(containing.map(({ name }) => name)).toEqual(['main']);
      expect(others.map(({ name }) => name)).toEqual(['old']);
    });

    it('are the very same list for as long as none has moved', async () => {
      repo.commit('one');
      repo.branch('side');

      const first = await locals();
      repo.git(['tag', 'v1']);

      expect(await locals()).toBe(first);
    });

    it.each<[string, (one: string) => void, object]>([
      ['a commit', () => repo.commit('two', 1_700_000_001), { name: 'main', subject: 'two' }],
      [
        'a branch that is moved',
        (one) => repo.git(['branch', '-f', 'side', one]),
        { name: 'side', subject: 'one' },
      ],
      ['a checkout', () => repo.git(['checkout', '--quiet', 'side']), { name: 'side', current: true }],
      ['a new branch', () => repo.branch('new'), { name: 'new' }],
      ['an upstream', () => repo.git(['branch', '-u', 'side', 'main']), { name: 'main', upstream: 'side' }],
    ])('are listed anew after %s', async (_, change, told) => {
      const one = repo.commit('one');
      repo.commit('next', 1_700_000_000);
      repo.branch('side');
      expect(await locals()).not.toContainEqual(expect.objectContaining(told));

      change(one);

      expect(await locals()).toContainEqual(expect.objectContaining(told));
    });

    it('are the same whether their files are packed or not', async () => {
      repo.commit('one');
      for (let i = 0; i < 80; i += 1) repo.branch(`b${i}`);
      const loose = await harness.reads.branches(here(), { type: 'local' }, signal);
      repo.git(['pack-refs', '--all']);

      expect(await harness.reads.branches(here(), { type: 'local' }, signal)).toEqual(loose);
      expect(loose).toHaveLength(81);
    });
  });

  describe('what was asked before', () => {
    beforeEach(() => {
      repo.commitFiles('one', { 'a.txt': '1\n' });
      repo.commitFiles('two', { 'a.txt': '2\n' }, 1_700_000_001);
      harness.cache.clear();
    });

    it('is not computed again', async () => {
      const first = await show('HEAD');
      const before = await timesAnswered('show');

      expect(await show(repo.head())).toEqual(first);
      expect(await timesAnswered('show')).toBe(before);
      expect(harness.cache.stats().hits).toBeGreaterThan(0);
    });

    it('is computed again once an attribute says that a file is binary, and once it no longer does', async () => {
      const text = (await show('HEAD')).diff;
      repo.write('.gitattributes', '*.txt binary\n');

      const binary = (await show('HEAD')).diff;
      expect(binary.files).toEqual([
        { path: 'a.txt', status: 'M', additions: 0, deletions: 0, binary: true },
      ]);
      expect(binary.patch).toContain('Binary files a/a.txt and b/a.txt differ\n');

      rmSync(repo.file('.gitattributes'));
      expect((await show('HEAD')).diff).toEqual(text);
    });

    it('is not shared between repositories that hold the same commit', async () => {
      await show('HEAD');
      const { misses } = harness.cache.stats();
      const clone = repo.clone();

      await harness.reads.show(repositoryAt(clone.path), 'HEAD', signal);

      expect(harness.cache.stats().misses).toBeGreaterThan(misses);
    });
  });
});
