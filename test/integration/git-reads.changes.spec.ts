import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitConfig } from '../../src/config/sections/index.js';
import { type DiffQuery } from '../../src/git/git-reads.port.js';
import { GitRepository } from '../support/git-repository.js';
import { repositoryAt } from '../support/repository-at.js';
import { GitReadsHarness } from './git-reads.harness.js';

const signal = new AbortController().signal;
const contextLines = 3;
const target = (text: string): DiffQuery => ({ kind: 'target', target: text, contextLines });

describe('Reads of changes', () => {
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
  const diff = (query: DiffQuery) => harness.reads.diff(here(), query, signal);
  const log = (revision?: string) =>
    harness.reads.log(here(), { maxCount: 10, ...(revision !== undefined && { revision }) }, signal);

  describe('show', () => {
    it('shows a merge by what differs from all parents, and the files that differ from the first', async () => {
      repo.conflict('merge');
      repo.commitFiles('resolved', { 'file.txt': 'resolved\n', added: 'x\n' }, 1_700_000_003);

      const { commit, diff: shown } = await show('HEAD');

      expect(commit.parents).toHaveLength(2);
      expect(shown.patch).toBe(repo.git(['show', '--format=', '--cc', '--full-index', 'HEAD']));
      expect(shown.patch).toContain('- main\n -other\n++resolved\n');
      expect(shown.files).toEqual([
        { path: 'added', status: 'A', additions: 1, deletions: 0, binary: false },
        { path: 'file.txt', status: 'M', additions: 1, deletions: 1, binary: false },
      ]);
    });

    it('shows a merge that needed no hand by its files alone', async () => {
      repo.commitFiles('base', { a: '1\n', b: '1\n' });
      repo.branch('other');
      repo.commitFiles('on main', { a: '2\n' }, 1_700_000_001);
      repo.checkout('other');
      repo.commitFiles('on other', { b: '2\n' }, 1_700_000_002);
      repo.checkout('main');
      repo.git(['merge', '--quiet', '--no-edit', 'other']);

      const { diff: shown } = await show('HEAD');

      expect(shown.patch).toBe('');
      expect(shown.files).toEqual([{ path: 'b', status: 'M', additions: 1, deletions: 1, binary: false }]);
    });

    it('shows the first commit as what it added', async () => {
      repo.commitFiles('one', { a: '1\n' });

      expect((await show('HEAD')).diff.files).toEqual([
        { path: 'a', status: 'A', additions: 1, deletions: 0, binary: false },
      ]);
    });
  });

  describe('diff', () => {
    it('of the index and of the work tree are apart', async () => {
      repo.commitFiles('one', { a: '1\n' });
      repo.write('a', '2\n').stage('a').write('a', '3\n');

      const staged = await diff({ kind: 'staged', contextLines });
      const unstaged = await diff({ kind: 'unstaged', contextLines });

      expect(staged.patch).toContain('-1\n+2\n');
      expect(unstaged.patch).toContain('-2\n+3\n');
      expect((await diff(target('HEAD'))).patch).toContain('-1\n+3\n');
    });

    it('of the work tree shows conflicts as git does, beside what else has changed', async () => {
      repo.commitFiles('ground', { 'other.txt': '1\n' });
      repo.conflict('merge').write('other.txt', '2\n');

      const unstaged = await diff({ kind: 'unstaged', contextLines });

      expect(unstaged.patch).toBe(repo.git(['diff', '--full-index']));
      expect(unstaged.patch).toContain('++<<<<<<< HEAD\n +main\n++=======\n+ other\n++>>>>>>> other\n');
      expect(unstaged.files).toEqual([
        { path: 'file.txt', status: 'U', additions: 0, deletions: 0, binary: false },
        { path: 'other.txt', status: 'M', additions: 1, deletions: 1, binary: false },
      ]);
    });

    it('of the index works before the first commit', async () => {
      repo.write('a', '1\n').stage('a');

      expect((await diff({ kind: 'staged', contextLines })).files).toEqual([
        { path: 'a', status: 'A', additions: 1, deletions: 0, binary: false },
      ]);
    });

    it('of two branches begins where they parted', async () => {
      repo.diverge();

      const since = await diff({ kind: 'branches', base: 'main', compare: 'other', contextLines });

      expect(since.patch).toContain('-base\n+other\n');
      expect(await diff(target('main...other'))).toEqual(since);
      expect((await diff(target('main..other'))).patch).toContain('-main\n+other\n');
    });

    it('of branches that have nothing in common says so', async () => {
      repo.commitFiles('one', { a: '1' });
      repo.git(['checkout', '--quiet', '--orphan', 'other']);
      repo.commitFiles('unrelated', { a: '2' });

      await expect(diff(target('main...other'))).rejects.toMatchObject({
        details: { reason: 'no-merge-base' },
      });
    });

    it("keeps git's form whatever the repository's configuration prefers", async () => {
      repo.commitFiles('one', { 'a b': '1\n', moved: 'something to go by\n' });
      repo.git(['mv', 'moved', 'elsewhere']);
      repo.commitFiles('two', { 'a b': '2\n' }, 1_700_000_001);
      const before = await diff(target('HEAD~1..HEAD'));
      for (const [key, value] of [
        ['diff.noprefix', 'true'],
        ['diff.mnemonicPrefix', 'true'],
        ['diff.renames', 'false'],
        ['diff.context', '0'],
        ['diff.algorithm', 'histogram'],
        ['core.quotePath', 'true'],
        ['color.ui', 'always'],
      ] as const) {
        repo.config(key, value);
      }
      harness.cache.clear();

      expect(await diff(target('HEAD~1..HEAD'))).toEqual(before);
      expect(before.files.map(({ status }) => status)).toEqual(['M', 'R']);
    });

    it.each([
      ['text to libgit2', 'x\n'.repeat(2_000)],
      ['too large for libgit2', 'x\n'.repeat(400_000)],
    ])('is cut at the end of a line and says so: %s', async (_, content) => {
      const config = Object.assign(new GitConfig(), { maxOutputBytes: 4_096 });
      const small = new GitReadsHarness(config);
      try {
        repo.commitFiles('one', { a: '' });
        repo.commitFiles('two', { a: content, b: '1\n' }, 1_700_000_001);

        const { patch, files, truncated } = await small.reads.diff(here(), target('HEAD~1..HEAD'), signal);

        expect(truncated).toBe(true);
        expect(Buffer.byteLength(patch)).toBeLessThanOrEqual(4_096);
        expect(patch.endsWith('\n')).toBe(true);
        expect(files).toEqual([
          { path: 'a', status: 'M', additions: content.length / 2, deletions: 0, binary: false },
          { path: 'b', status: 'A', additions: 1, deletions: 0, binary: false },
        ]);
      } finally {
        await small.close();
      }
    });
  });

  describe('log', () => {
    it('begins at HEAD and stops at the limit', async () => {
      repo.commit('one', 1_000);
      const two = repo.commit('two', 2_000);
      const three = repo.commit('three', 3_000);

      const { commits } = await harness.reads.log(here(), { maxCount: 2 }, signal);

      expect(commits.map(({ sha }) => sha)).toEqual([three, two]);
    });

    it('takes both ends of a range of dates in, and misses none where dates go backwards', async () => {
      for (const [subject, at] of [
        ['a', 3_000],
        ['b', 1_000],
        ['c', 2_000],
        ['d', 500],
      ] as const)
        repo.commit(subject, at);

      const { commits } = await harness.reads.log(
        here(),
        { maxCount: 10, since: 1_000, until: 3_000 },
        signal,
      );

      expect(commits.map(({ message }) => message.trim())).toEqual(['c', 'b', 'a']);
    });

    it('before the first commit is a missing revision', async () => {
      await expect(log()).rejects.toMatchObject({ code: 'revision_not_found' });
    });

    it('of a shallow clone ends where that ends, and goes on when more is fetched', async () => {
      repo.commit('one', 1_000);
      repo.commit('two', 2_000);
      const path = join(repo.root, 'shallow');
      repo.git(['clone', '--quiet', '--depth=1', `file://${repo.path}`, path]);
      const told = async () => {
        const { commits, more } = await harness.reads.log(repositoryAt(path), { maxCount: 10 }, signal);
        return { subjects: commits.map(({ message }) => message.trim()), more };
      };
      expect(await told()).toEqual({ subjects: ['two'], more: false });

      execFileSync('git', ['fetch', '--quiet', '--unshallow'], { cwd: path });

      expect(await told()).toEqual({ subjects: ['two', 'one'], more: false });
    });

    it('of steps from an id follows parents that grafts give it', async () => {
      const one = repo.commit('one', 1_000);
      repo.commit('two', 2_000);
      const three = repo.commit('three', 3_000);
      const parent = async () => (await show(`${three}~1`)).commit.message.trim();
      expect(await parent()).toBe('two');

      repo.write('.git/info/grafts', `${three} ${one}\n`);

      expect(await parent()).toBe('one');
      expect(await parent()).toBe('one');
    });
  });
});
