import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitConfig } from '../../src/config/sections/index.js';
import { type DiffQuery } from '../../src/git/git-reads.port.js';
import { GitRepository } from '../support/git-repository.js';
import { GitReadsHarness, repositoryAt } from './git-reads.harness.js';

const signal = new AbortController().signal;
const contextLines = 3;
const target = (text: string): DiffQuery => ({ kind: 'target', target: text, contextLines });

describe('Reads of a repository', () => {
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

  async function timesAnswered(operation: string): Promise<number> {
    return (await harness.outcomes())[`${operation} answered`] ?? 0;
  }

  describe('status', () => {
    it('tells what is staged, changed, untracked and ignored apart', async () => {
      repo.commitFiles('one', {
        changed: 'a',
        staged: 'a',
        both: 'a',
        gone: 'a',
        moved: 'something to go by\n',
        '.gitignore': 'ignored\n',
      });
      repo
        .write('staged', 'b')
        .write('both', 'b')
        .stage('staged', 'both')
        .write('both', 'c')
        .write('changed', 'b');
      repo.git(['mv', 'moved', 'new place']);
      rmSync(repo.file('gone'));
      repo.write('folder/x', '1').write('folder/y', '2').write('ünï "q"', '3').write('ignored', '4');

      const { branch, head, entries } = await harness.reads.status(here(), signal);

      expect({ branch, head }).toEqual({ branch: 'main', head: repo.head() });
      expect(entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
        { path: 'both', index: 'M', worktree: 'M' },
        { path: 'changed', index: '.', worktree: 'M' },
        { path: 'folder/', index: '?', worktree: '?' },
        { path: 'gone', index: '.', worktree: 'D' },
        { path: 'new place', index: 'R', worktree: '.', from: 'moved' },
        { path: 'staged', index: 'M', worktree: '.' },
        { path: 'ünï "q"', index: '?', worktree: '?' },
      ]);
    });

    it('knows a branch without a commit, and a commit without a branch', async () => {
      expect(await harness.reads.status(here(), signal)).toEqual({ branch: 'main', head: null, entries: [] });

      const head = repo.commit('one');
      repo.git(['checkout', '--quiet', '--detach']);

      expect(await harness.reads.status(here(), signal)).toEqual({ branch: null, head, entries: [] });
    });

    it('counts how far the branch is from its upstream', async () => {
      repo.commit('one');
      const clone = repo.clone();
      repo.commit('theirs');
      clone.git(['fetch', '--quiet']);
      clone.commit('ours, first', 1_700_000_001);
      clone.commit('ours, second', 1_700_000_002);

      const status = await harness.reads.status(repositoryAt(clone.path), signal);

      expect(status).toMatchObject({ upstream: 'origin/main', ahead: 2, behind: 1 });
    });

    it.each(['merge', 'rebase', 'cherry-pick', 'revert'] as const)(
      'names a %s that waits for its end',
      async (operation) => {
        repo.conflict(operation);

        const status = await harness.reads.status(here(), signal);

        expect(status.operation).toBe(operation);
        expect(status.entries).toEqual([{ path: 'file.txt', index: 'U', worktree: 'U' }]);
      },
    );

    it('names a bisection, and nothing where nothing waits', async () => {
      repo.commit('one');
      expect(await harness.reads.status(here(), signal)).not.toHaveProperty('operation');

      repo.git(['bisect', 'start']);

      expect(await harness.reads.status(here(), signal)).toHaveProperty('operation', 'bisect');
    });

    it('of a bare repository is refused with the reason', async () => {
      repo.commit('one');
      const bare = repo.cloneBare();
      const repository = repositoryAt(bare.path, { gitDir: bare.path, commonDir: bare.path, bare: true });

      const refused = { code: 'operation_failed', details: { reason: 'bare' } };
      await expect(harness.reads.status(repository, signal)).rejects.toMatchObject(refused);
      await expect(
        harness.reads.diff(repository, { kind: 'staged', contextLines }, signal),
      ).rejects.toMatchObject(refused);
    });
  });

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
      const subjects = async () =>
        (await harness.reads.log(repositoryAt(path), { maxCount: 10 }, signal)).commits.map(({ message }) =>
          message.trim(),
        );
      expect(await subjects()).toEqual(['two']);

      execFileSync('git', ['fetch', '--quiet', '--unshallow'], { cwd: path });

      expect(await subjects()).toEqual(['two', 'one']);
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

  it('of a SHA-256 repository are answered by git', async () => {
    const other = new GitRepository({ objectFormat: 'sha256' });
    try {
      const sha = other.commitFiles('one', { a: '1\n' });
      other.write('a', '2\n').stage('a');
      const repository = repositoryAt(other.path, { objectFormat: 'sha256' });

      expect((await harness.reads.show(repository, 'HEAD', signal)).commit.sha).toBe(sha);
      expect((await harness.reads.log(repository, { maxCount: 1 }, signal)).commits).toHaveLength(1);
      expect(await harness.reads.branches(repository, { type: 'all' }, signal)).toHaveLength(1);
      expect(
        (await harness.reads.diff(repository, { kind: 'staged', contextLines }, signal)).files,
      ).toHaveLength(1);
    } finally {
      other.remove();
    }
  });

  it('of what a configuration includes are answered by git', async () => {
    repo.commitFiles('one', { a: '1\n' });
    repo.git(['config', 'include.path', 'more']);

    expect((await show('HEAD')).commit.message).toBe('one\n');
  });

  it('run no program that the repository names', async () => {
    const canary = join(repo.root, 'canary');
    const trap = `touch ${canary} #`;
    repo.commitFiles('one', { a: '1\n', '.gitattributes': '* filter=trap diff=trap\n' });
    repo.commitFiles('two', { a: '2\n' }, 1_700_000_001);
    repo.write('a', '3\n');
    const keys = [
      'filter.trap.clean',
      'filter.trap.smudge',
      'filter.trap.process',
      'diff.trap.textconv',
      'diff.trap.command',
    ];
    for (const key of [...keys, 'core.fsmonitor', 'diff.external', 'gpg.program']) repo.config(key, trap);
    repo.config('log.showSignature', 'true');

    await harness.reads.status(here(), signal);
    await log();
    await show('HEAD');
    for (const query of [
      { kind: 'staged', contextLines },
      { kind: 'unstaged', contextLines },
      target('HEAD'),
      target('HEAD~1..HEAD'),
    ] as const) {
      await diff(query);
    }
    await harness.reads.branches(here(), { type: 'all', contains: 'HEAD' }, signal);

    expect(existsSync(canary)).toBe(false);
  });

  it('of the work tree share processes, and see what was there when they were asked', async () => {
    repo.commit('one');
    const untracked: string[] = [];
    const rounds = Array.from({ length: 8 }, async (_, round) => {
      // Begun at different moments of what runs for the others.
      await new Promise((resolve) => setTimeout(resolve, round));
      writeFileSync(join(repo.path, `new-${round}`), '');
      untracked.push(`new-${round}`);
      const before = [...untracked];
      const { entries } = await harness.reads.status(here(), signal);
      return { before, seen: entries.map(({ path }) => path) };
    });

    for (const { before, seen } of await Promise.all(rounds))
      expect(seen).toEqual(expect.arrayContaining(before));
  });

  it('are cancelled by their caller', async () => {
    repo.commit('one');

    const reads = [
      harness.reads.status(here(), AbortSignal.abort()),
      harness.reads.log(here(), { maxCount: 1 }, AbortSignal.abort()),
    ];

    for (const read of reads) await expect(read).rejects.toMatchObject({ code: 'operation_cancelled' });
  });
});
