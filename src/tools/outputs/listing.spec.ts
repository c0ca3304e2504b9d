import { describe, expect, it } from 'vitest';

import { type GitReads } from '../../git/git-reads.port.js';
import { GitStatusTool } from '../git/git-status.tool.js';
import { type RepositoryContext } from '../tool.js';
import { commitOutput, commitText } from './commit.output.js';
import { diffOutput, diffText } from './diff.output.js';
import { listing } from './listing.js';
import { pathsOutput } from './paths.output.js';

const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `folder/${'x'.repeat(90)}${index}`);
const signal = new AbortController().signal;

describe('A list in an answer', () => {
  it('is whole where there is room', () => {
    expect(listing(names(1_000))).toEqual({ shown: names(1_000), omitted: 0 });
    expect(pathsOutput(['a'])).toEqual({ paths: ['a'] });
  });

  it('is cut where there is none, and says how much', () => {
    const { paths, omitted = 0 } = pathsOutput(names(60_000));

    expect(paths.length + omitted).toBe(60_000);
    expect(Buffer.byteLength(JSON.stringify(paths))).toBeLessThan(1.2 * 2 ** 20);
  });

  it('counts bytes, not characters', () => {
    expect(listing(['✓'.repeat(2 ** 19)]).omitted).toBe(1);
  });

  it.each([
    ['a status', () => statusOf(60_000)],
    ['a diff', async () => diffOf(60_000)],
  ])('keeps %s of 60,000 files below what a reader takes at once', async (_, answer) => {
    const { text, structured } = await answer();

    expect(Buffer.byteLength(JSON.stringify({ text, structured }))).toBeLessThan(4 * 2 ** 20);
    expect(structured.omitted).toBeGreaterThan(40_000);
    expect(text).toMatch(/\nand \d+ more$/);
  });
});

describe('The message of a commit', () => {
  const identity = { name: 'Ada', email: 'ada@example.org', at: 0, offsetMinutes: 0 };
  const commit = { sha: 'a'.repeat(40), parents: [], author: identity, committer: identity };

  it('of others may be too long, and is cut', () => {
    const long = { ...commit, message: 'x'.repeat(2 ** 24) };

    expect(commitOutput(long)).toMatchObject({ message: 'x'.repeat(65_536), message_truncated: true });
    expect(commitText(long).length).toBeLessThan(70_000);
  });

  it('is whole otherwise', () => {
    expect(commitOutput({ ...commit, message: 'x' })).not.toHaveProperty('message_truncated');
  });
});

function statusOf(count: number) {
  const entries = names(count).map((path) => ({ path, index: 'A', worktree: '.' }));
  const reads = { status: async () => ({ branch: 'main', head: null, entries }) } as unknown as GitReads;
  return new GitStatusTool(reads).run({ repo_path: '/' }, {} as RepositoryContext, signal);
}

function diffOf(count: number) {
  const files = names(count).map((path) => ({
    path,
    status: 'M',
    additions: 1,
    deletions: 0,
    binary: false,
  }));
  const diff = { patch: '', files, truncated: true };
  return { text: diffText(diff), structured: diffOutput(diff) };
}
