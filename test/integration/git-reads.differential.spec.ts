import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type LogFilters } from '../../src/git/git-reads.port.js';
import { nearLog, nearMergeBase } from '../../src/git/reads/near-history.js';
import { parseTree } from '../../src/git/reads/tree-output.parser.js';
import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { buildHistory, buildMerge, history, mergedFile } from './git-reads.histories.js';
import { repositoryAt } from '../support/repository-at.js';
import { GitReadsHarness } from './git-reads.harness.js';

const signal = new AbortController().signal;
const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? 12);
const limits = { contextLines: 3, maxBytes: 2 ** 20 };

async function onEachHistory(
  check: (repo: GitRepository, shas: readonly string[]) => Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(history, async (commits) => {
      const repo = new GitRepository();
      try {
        await check(repo, buildHistory(repo, commits));
      } finally {
        repo.remove();
      }
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 90_000 },
  );
}

describe('The two engines', () => {
  let harness: GitReadsHarness;

  beforeAll(() => {
    harness = new GitReadsHarness();
  });
  afterAll(async () => harness.close());

  /**
   * How many of the questions libgit2 answered itself: a comparison that compares nothing must not pass. How many of
   * the random histories it leaves to git is chance, so only where each of them holds several questions is more asked.
   */
  async function answered(operation: string): Promise<number> {
    return (await harness.outcomes())[`${operation} answered`] ?? 0;
  }

  it('show the same commit in the same words', async () => {
    await onEachHistory(async (repo, shas) => {
      const repository = repositoryAt(repo.path);
      for (const sha of shas) {
        const fast = await harness.libgit2.ask(repository, 'show', { sha, ...limits }, signal);
        if (!fast) continue;
        const slow = await harness.cli.show(repository, sha, { contextLines: limits.contextLines }, signal);
        expect(fast.commit).toEqual(slow.commit);
        expect(fast.shown?.diff ?? slow.diff).toEqual(slow.diff);
      }
    });
    expect(await answered('show')).toBeGreaterThan(RUNS);
  }, 120_000);

  it('show the same patch of a merge that was resolved by hand', async () => {
    let asked = 0;
    let combined = 0;
    const repo = new GitRepository();
    const merges = fc.asyncProperty(
      fc.array(mergedFile, { minLength: 1, maxLength: 2 }),
      fc.constantFrom(1, 3, 10),
      async (files, contextLines) => {
        const repository = repositoryAt(repo.path);
        const sha = buildMerge(repo, files);
        asked += 1;
        const fast = await harness.libgit2.ask(repository, 'show', { ...limits, sha, contextLines }, signal);
        if (!fast?.shown) return;
        const slow = await harness.cli.show(repository, sha, { contextLines }, signal);
        const ends = { ids: [fast.commit.parents[0] ?? '', sha] };
        const { files: changed } = await harness.cli.diff(repository, ends, { contextLines }, signal);
        expect(fast.shown.diff).toEqual({ ...slow.diff, files: changed });
        if (slow.diff.patch !== '') combined += 1;
      },
    );
    try {
      await fc.assert(merges, { numRuns: RUNS * 5, interruptAfterTimeLimit: 90_000 });
    } finally {
      repo.remove();
    }
    expect(combined).toBeGreaterThan(asked / 10);
  }, 120_000);

  it('find the same differences between two commits, with any number of context lines', async () => {
    await onEachHistory(async (repo, shas) => {
      const repository = repositoryAt(repo.path);
      for (const [index, to] of shas.entries()) {
        const from = shas[(index * 7 + 3) % shas.length] ?? to;
        for (const contextLines of [0, 1, 10]) {
          const args = { from, to, contextLines, maxBytes: limits.maxBytes };
          const fast = await harness.libgit2.ask(repository, 'diffCommits', args, signal);
          if (!fast) continue;
          expect(fast.diff).toEqual(
            await harness.cli.diff(repository, { ids: [from, to] }, { contextLines }, signal),
          );
        }
      }
    });
    expect(await answered('diffCommits')).toBeGreaterThan(RUNS);
  }, 120_000);

  it('list the same commits in the same order, also when dates are equal or go backwards', async () => {
    await onEachHistory(async (repo, shas) => {
      const repository = repositoryAt(repo.path);
      const sha = shas.at(-1) ?? '';
      const noon = 1_700_000_000 + 3 * 3_600;
      for (const range of [
        {},
        { since: noon },
        { until: noon },
        { since: noon - 3_600, until: noon },
        { since: noon + 1 },
      ]) {
        for (const maxCount of [1, 3, 100]) {
          const fast = await harness.libgit2.ask(repository, 'log', { sha, maxCount, ...range }, signal);
          if (!fast) continue;
          expect(fast).toEqual(await harness.cli.log(repository, { sha, maxCount, ...range }, signal));
        }
      }
    });
    expect(await answered('log')).toBeGreaterThan(RUNS);
  }, 120_000);

  it('read few commits in the server itself as git lists them, loose and packed', async () => {
    let here = 0;
    await onEachHistory(async (repo, shas) => {
      const repository = repositoryAt(repo.path);
      const sha = shas.at(-1) ?? '';
      for (const packed of [false, true]) {
        if (packed) repo.git(['repack', '-a', '-d', '-q']);
        for (const maxCount of [1, 3, 100]) {
          const near = nearLog(repository, { sha, maxCount });
          if (!near) continue;
          here += 1;
          expect(near).toEqual(await harness.cli.log(repository, { sha, maxCount }, signal));
        }
      }
    });
    expect(here).toBeGreaterThan(RUNS);
  }, 120_000);

  it('find in the server itself the commits that git finds', async () => {
    const noon = 1_700_000_000 + 3 * 3_600;
    const filters: readonly LogFilters[] = [
      { author: 'ada' },
      { author: 'A. B. "C"', fixedStrings: true },
      { author: 'ADA', committer: 'example', ignoreCase: true },
      { committer: '@x' },
      { grep: 'line' },
      { grep: 'LINE', ignoreCase: true, author: 'Ada' },
      { merges: 'only' },
      { merges: 'none', firstParent: true },
      { firstParent: true },
      { since: noon - 3_600, until: noon + 3_600, author: 'a' },
      { graph: true },
    ];
    const found = filters.map(() => 0);
    await onEachHistory(async (repo, shas) => {
      const repository = repositoryAt(repo.path);
      const sha = shas.at(-1) ?? '';
      for (const [at, filter] of filters.entries()) {
        for (const maxCount of [2, 100]) {
          const selection = { sha, maxCount, ...filter };
          const near = nearLog(repository, selection);
          if (!near) continue;
          found[at] = (found[at] ?? 0) + 1;
          expect(near).toEqual(await harness.cli.log(repository, selection, signal));
        }
      }
    });
    expect(Math.min(...found)).toBeGreaterThan(RUNS / 2);
  }, 120_000);

  it('make the same tree of two commits that have changed different files', async () => {
    let lists = 0;
    await onEachHistory(async (repo, shas) => {
      const repository = repositoryAt(repo.path);
      for (const ours of shas) {
        for (const theirs of shas) {
          const merged = await harness.libgit2.ask(
            repository,
            'mergeTrees',
            { ours, theirs, base: null },
            signal,
          );
          if (!merged) continue;
          const { base, tree, files: counted } = merged;
          const said = repo.git(['merge-tree', '--write-tree', '--messages', ours, theirs]);
          const common = await harness.cli.mergeBase(repository, ours, theirs, signal);
          expect([base, tree]).toEqual([common, said.trim()]);
          const files = async (ids: readonly string[]) =>
            (await harness.cli.diff(repository, { ids }, { contextLines: 3 }, signal)).files;
          const changed = await files([ours, tree]);
          expect(await files([base, theirs])).toEqual(changed);
          // Where a file has become a link, say, git is to count the lines.
          if (counted === null) continue;
          lists++;
          expect(counted).toEqual(changed);
        }
      }
    });
    expect(lists).toBeGreaterThan(RUNS);
    expect(await answered('mergeTrees')).toBeGreaterThan(RUNS);
  }, 240_000);

  it('find the same merge base', async () => {
    await onEachHistory(async (repo, shas) => {
      const repository = repositoryAt(repo.path);
      const one = shas.at(-1) ?? '';
      for (const other of shas) {
        const fast = await harness.libgit2.ask(repository, 'mergeBase', { one, other }, signal);
        if (!fast) continue;
        const slow = await harness.cli.mergeBase(repository, one, other, signal);
        let near: string | undefined;
        // On a busy machine the server may give up what takes longer than it allows itself.
        await eventually(() => {
          near = nearMergeBase(repository, one, other);
          expect(near).toBeDefined();
        });
        expect([fast.sha, near]).toEqual([slow, slow]);
      }
    });
    expect(await answered('mergeBase')).toBeGreaterThan(0);
  }, 120_000);

  it('find the same branches that contain a commit, or do not', async () => {
    await onEachHistory(async (repo, shas) => {
      const repository = repositoryAt(repo.path);
      for (const [index, sha] of shas.entries()) repo.branch(`b${index}`, sha);
      for (const sha of shas) {
        for (const filter of [{ contains: sha }, { notContains: sha }]) {
          const kinds = { local: true, remote: true };
          const slow = await harness.cli.branches(repository, { ...kinds, ...filter }, signal);
          // Found by a walk, then remembered.
          for (let time = 0; time < 2; time += 1)
            expect(await harness.reads.branches(repository, { type: 'all', ...filter }, signal)).toEqual(
              slow,
            );
        }
      }
    });
    expect(await answered('containing')).toBeGreaterThan(RUNS);
  }, 120_000);

  it('list the same branches with the same subjects', async () => {
    await onEachHistory(async (repo) => {
      const repository = repositoryAt(repo.path);
      repo.git(['checkout', '--quiet', '--force', 'c0']);
      for (const packed of [false, true]) {
        if (packed) repo.git(['pack-refs', '--all']);
        const fast = await harness.reads.branches(repository, { type: 'all' }, signal);
        expect(fast).toEqual(await harness.cli.branches(repository, { local: true, remote: true }, signal));
        const shas = fast.map(({ sha }) => sha);
        const subjects = await harness.libgit2.ask(repository, 'commits', { shas }, signal);
        const shown = fast.map(({ subject }) => subject);
        expect(subjects ?? shown).toEqual(shown);
      }
    });
    expect(await answered('commits')).toBeGreaterThan(0);
  }, 120_000);

  it('find the same staged differences', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (commits) => {
        const repo = new GitRepository();
        try {
          const shas = buildHistory(repo, commits);
          repo.git(['checkout', '--quiet', '--force', '--detach', shas[0] ?? '']);
          repo.git(['read-tree', shas.at(-1) ?? '']);
          const repository = repositoryAt(repo.path);
          const fast = await harness.libgit2.ask(repository, 'diffStaged', limits, signal);
          const slow = await harness.cli.diff(
            repository,
            { cached: true, ids: [] },
            { contextLines: 3 },
            signal,
          );
          expect(fast ?? slow).toEqual(slow);
        } finally {
          repo.remove();
        }
      }),
      { numRuns: RUNS * 2, interruptAfterTimeLimit: 90_000 },
    );
    expect(await answered('diffStaged')).toBeGreaterThan(0);
  }, 120_000);

  it('list the same folders, with the same sizes, and read the same files', async () => {
    await onEachHistory(async (repo, shas) => {
      const repository = repositoryAt(repo.path);
      const sha = shas.at(-1) ?? '';
      const listed = (options: readonly string[], tree: string) =>
        parseTree(repo.bytes(['ls-tree', '-z', '--long', ...options, tree]).toString('latin1'));
      const everything = [{ name: '', type: 'folder', sha }, ...listed(['-r', '-t'], sha)].map((entry) => ({
        ...entry,
        segments: entry.name.split('/').filter(Boolean),
      }));
      for (const { sha: id, segments } of everything.filter(({ type }) => type === 'folder')) {
        const args = { id: sha, segments, sizes: true };
        const levels = await harness.libgit2.ask(repository, 'tree', args, signal);
        expect(levels?.at(-1) ?? listed([], id)).toEqual(listed([], id));
      }
      for (const { type, sha: id, segments } of everything.filter((entry) => entry.type !== 'folder')) {
        const args = { commit: sha, segments, maxBytes: limits.maxBytes };
        const found = await harness.libgit2.ask(repository, 'file', args, signal);
        if (!found) continue;
        const content = repo.bytes(['cat-file', 'blob', id]);
        const read = { ...found, content: found.content && Buffer.from(found.content) };
        expect(read).toEqual({ type, sha: id, bytes: content.length, content });
      }
    });
    expect(await answered('tree')).toBeGreaterThan(RUNS);
    expect(await answered('file')).toBeGreaterThan(RUNS);
  }, 120_000);

  it('resolve the same revisions to the same commits', async () => {
    await onEachHistory(async (repo, shas) => {
      const repository = repositoryAt(repo.path);
      repo.git(['tag', '-a', '-m', 'annotated', 'v1', shas[0] ?? '']);
      repo.git(['tag', 'c0', shas.at(-1) ?? '']);
      const last = `c${shas.length - 1}`;
      const revisions = [
        'c0',
        'heads/c0',
        'refs/heads/c0',
        'v1',
        'v1^0',
        last,
        `${last}~1`,
        `${last}^2`,
        `${last}~2^1`,
        `${last}~0`,
        'HEAD',
        '@',
        'nothing',
        'c0/..',
        shas[0] ?? '',
        `${shas[0]}~1`,
      ];
      for (const revision of revisions) {
        const [fast] =
          (await harness.libgit2.ask(repository, 'resolve', { revisions: [revision] }, signal)) ?? [];
        const slow = await harness.cli.resolve(repository, revision, signal);
        expect([revision, fast ?? slow]).toEqual([revision, slow]);
        const routed = await harness.revisions.resolve(repository, revision, signal).catch(() => undefined);
        expect([revision, routed]).toEqual([revision, slow]);
      }
    });
    expect(await answered('resolve')).toBeGreaterThan(RUNS);
  }, 120_000);
});
