import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type DiffQuery } from '../../src/git/git-reads.port.js';
import { GitRepository } from '../support/git-repository.js';
import { repositoryAt } from '../support/repository-at.js';
import { GitReadsHarness } from './git-reads.harness.js';

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
