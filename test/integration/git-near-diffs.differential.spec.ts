import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { bodyOf, splitFiles } from '../../src/git/libgit2/patch.writer.js';
import { unlessUnsuited } from '../../src/git/libgit2/unsuited.error.js';
import { onlyChanges } from '../../src/git/objects/line-changes.js';
import { OF_THE_SERVER } from '../../src/git/objects/near-objects.js';
import { HUGE_OBJECT } from '../../src/git/objects/pack.js';
import { linesOf, unifiedHunks } from '../../src/git/objects/unified-hunks.js';
import { nearAnswer, nearOutcome } from '../../src/git/reads/near-answers.js';
import { GitRepository } from '../support/git-repository.js';
import { repositoryAt } from '../support/repository-at.js';
import { buildHistory, buildMerge, history, mergedFile } from './git-reads.histories.js';
import { GitReadsHarness } from './git-reads.harness.js';

const signal = new AbortController().signal;
const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? 12);
const PAIRS = 250;
const MERGES = 6;
const limits = { contextLines: 3, maxBytes: 2 ** 20 };
/** On a busy machine the server gives up what it would answer. */
const UNHURRIED = { ...OF_THE_SERVER, maxMs: 60_000 };

const line = fc.oneof(
  fc.constantFrom('', '}', '  indented', 'function a() {', 'ä', `${'long '.repeat(20)}`, '$x ', '\tx\r'),
  fc.nat(40).map((number) => `line ${number}`),
);
const edit = fc.record({ at: fc.nat(60), removed: fc.nat(4), added: fc.array(line, { maxLength: 4 }) });
const pair = fc
  .record({
    lines: fc.array(line, { maxLength: 60 }),
    numbered: fc.boolean(),
    edits: fc.array(edit, { minLength: 1, maxLength: 5 }),
    ends: fc.tuple(fc.constantFrom('\n', '\n', ''), fc.constantFrom('\n', '\n', '')),
  })
  .map(({ lines, numbered, edits, ends }) => {
    const before = numbered ? lines.map((text, index) => `${text} ${index}`) : lines;
    const after = [...before];
    for (const { at, removed, added } of edits) after.splice(at, removed, ...added);
    return [before, after].map((text, side) => (text.length === 0 ? '' : text.join('\n') + ends[side]));
  });

describe('What is compared in the server itself', () => {
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

  const diffOf = async (from: string, to: string, contextLines = 3) =>
    nearAnswer(repositoryAt(repo.path), 'diffCommits', { ...limits, from, to, contextLines }, UNHURRIED);

  it('has the hunks of git wherever it is answered', () => {
    let answered = 0;
    const property = fc.property(
      fc.array(pair, { minLength: PAIRS, maxLength: PAIRS }),
      fc.constantFrom(1, 3, 10),
      (pairs, contextLines) => {
        const ends = [0, 1].map((side) =>
          commitTexts(
            repo,
            pairs.map((texts) => texts[side] ?? ''),
          ),
        );
        const options = ['-r', '-p', '--full-index', '--no-renames', `-U${contextLines}`];
        const printed = splitFiles(repo.git(['diff-tree', ...options, ...ends]));
        const hunks = new Map(printed.map((file) => [/a\/(\S+)/.exec(file)?.[1], bodyOf(file)]));
        for (const [index, texts] of pairs.entries()) {
          const [before, after] = texts.map((text) => linesOf(Buffer.from(text).toString('latin1')));
          const near = hunksOf(before ?? [], after ?? [], contextLines);
          if (near === undefined) continue;
          answered += 1;
          expect(near).toBe(hunks.get(nameOf(index)) ?? '');
        }
      },
    );
    fc.assert(property, { numRuns: RUNS, interruptAfterTimeLimit: 90_000, endOnFailure: true });
    expect(answered).toBeGreaterThan((RUNS * PAIRS) / 2);
  }, 120_000);

  it('is the same commit with the same patch as git shows, loose and packed', async () => {
    let answered = 0;
    const property = fc.asyncProperty(history, fc.constantFrom(1, 3, 10), async (commits, contextLines) => {
      const other = new GitRepository();
      try {
        const repository = repositoryAt(other.path);
        const shas = buildHistory(other, commits);
        for (const packed of [false, true]) {
          if (packed) other.git(['repack', '-a', '-d', '-q']);
          for (const sha of shas) {
            const near = await nearAnswer(repository, 'show', { sha, ...limits, contextLines }, UNHURRIED);
            if (!near?.shown) continue;
            answered += 1;
            const slow = await harness.cli.show(repository, sha, { contextLines }, signal);
            expect({ commit: near.commit, diff: near.shown.diff }).toEqual(slow);
          }
        }
      } finally {
        other.remove();
      }
    });
    await fc.assert(property, { numRuns: RUNS, interruptAfterTimeLimit: 90_000 });
    expect(answered).toBeGreaterThan(RUNS);
  }, 120_000);

  it('is the same patch of a merge that was resolved by hand', async () => {
    let combined = 0;
    const merges = fc.asyncProperty(
      fc.array(mergedFile, { minLength: 1, maxLength: 2 }),
      fc.constantFrom(1, 3, 10),
      async (files, contextLines) => {
        const sha = buildMerge(repo, files);
        const near = await nearAnswer(
          repositoryAt(repo.path),
          'show',
          { ...limits, sha, contextLines },
          UNHURRIED,
        );
        if (!near?.shown) return;
        const slow = await harness.cli.show(repositoryAt(repo.path), sha, { contextLines }, signal);
        const ends = { ids: [near.commit.parents[0] ?? '', sha] };
        const first = await harness.cli.diff(repositoryAt(repo.path), ends, { contextLines }, signal);
        expect(near.commit).toEqual(slow.commit);
        expect(near.shown.diff).toEqual({ ...slow.diff, files: first.files });
        if (slow.diff.patch !== '') combined += 1;
      },
    );
    await fc.assert(merges, { numRuns: MERGES * RUNS, interruptAfterTimeLimit: 90_000 });
    expect(combined).toBeGreaterThan(RUNS / 2);
  }, 120_000);

  it('is the same tree with the same files as git merges', async () => {
    let merged = 0;
    let asked = 0;
    const files = fc.dictionary(
      fc.constantFrom('a', 'b', 'dir/c', 'dir/d', 'e/f/g'),
      fc.constantFrom('1\n', '2\n'),
    );
    const property = fc.asyncProperty(files, files, files, async (first, mine, other) => {
      repo.git(['checkout', '--quiet', '--orphan', `line-${asked++}`]);
      const base = repo.commitFiles('base', { kept: 'kept\n', ...first });
      const theirs = repo.commitFiles('theirs', other);
      repo.git(['reset', '--quiet', '--hard', base]);
      const ours = repo.commitFiles('ours', mine);
      const near = await nearAnswer(repositoryAt(repo.path), 'mergeTrees', { ours, theirs, base }, UNHURRIED);
      if (!near) return;
      merged += 1;
      const tree = repo.git(['merge-tree', '--write-tree', ours, theirs]).trim();
      const { files: changed } = await harness.cli.diff(
        repositoryAt(repo.path),
        { ids: [ours, tree] },
        { contextLines: 3 },
        signal,
      );
      expect(near).toEqual({ base, tree, files: changed });
    });
    await fc.assert(property, { numRuns: 4 * RUNS, interruptAfterTimeLimit: 90_000 });
    expect(merged).toBeGreaterThan(RUNS);
  }, 120_000);

  it('is left to git, without a worker, where a packed file is larger than either compares', async () => {
    const from = repo.commitFiles('one', { 'a.txt': 'one\n' });
    const to = repo.commitFiles('two', { 'a.txt': 'two\n'.repeat(200_000) });
    repo.git(['repack', '-a', '-d', '-q']);

    const outcome = await nearOutcome(
      repositoryAt(repo.path),
      'diffCommits',
      { ...limits, from, to },
      UNHURRIED,
    );

    expect(outcome).toEqual({ unsuited: HUGE_OBJECT });
  });

  it('depends on the attributes that git would consult', async () => {
    const from = repo.commitFiles('one', { 'dir/a.txt': 'one\n' });
    const to = repo.commitFiles('two', { 'dir/a.txt': 'two\n' });

    const answer = await diffOf(from, to);

    expect(answer?.attributes.map(([file]) => file)).toContain(repo.file('dir/.gitattributes'));
  });

  it.each<readonly [string, (repo: GitRepository) => unknown]>([
    ['attributes say what is text', () => repo.write('.gitattributes', '*.txt -diff\n')],
    ['the configuration names a tree of attributes', () => repo.git(['config', 'attr.tree', 'HEAD'])],
    ['the configuration says how to compare', () => repo.git(['config', 'diff.algorithm', 'histogram'])],
    ['the configuration says what is too large', () => repo.git(['config', 'core.bigFileThreshold', '1'])],
    ['the history is not all here', () => repo.write('.git/shallow', `${repo.git(['rev-parse', 'HEAD'])}`)],
  ])('is left to others where %s', async (_, prepare) => {
    const from = repo.commitFiles('one', { 'a.txt': 'one\n' });
    const to = repo.commitFiles('two', { 'a.txt': 'two\n' });
    const before = await diffOf(from, to);

    prepare(repo);

    expect([before?.diff.files.length, await diffOf(from, to)]).toEqual([1, undefined]);
  });

  it.each<readonly [string, Readonly<Record<string, string | Buffer | null>>]>([
    ['a file may have been renamed', { 'a.txt': null, 'b.txt': 'one\ntwo\n' }],
    ['a file is binary', { 'a.txt': Buffer.from('one\0') }],
    ['a file is large', { 'a.txt': 'one\n'.repeat(20_000) }],
    ['lines may stand in two places', { 'a.txt': 'one\ntwo\ntwo\n' }],
    ['many files differ', Object.fromEntries(Array.from({ length: 20 }, (__, at) => [`${at}`, 'new\n']))],
  ])('is left to others where %s', async (_, files) => {
    const from = repo.commitFiles('one', { 'a.txt': 'one\ntwo\n' });
    const to = repo.commitFiles('two', files);

    expect(await diffOf(from, to)).toBeUndefined();
  });
});

function commitTexts(repo: GitRepository, texts: readonly string[]): string {
  return repo.commitFiles('texts', Object.fromEntries(texts.map((text, index) => [nameOf(index), text])));
}

function nameOf(index: number): string {
  return `f${String(index).padStart(4, '0')}`;
}

function hunksOf(before: readonly string[], after: readonly string[], contextLines: number) {
  return unlessUnsuited(() => {
    const hunks = unifiedHunks({ before, after }, onlyChanges(before, after), contextLines);
    return Buffer.from(hunks, 'latin1').toString('utf8');
  });
}
