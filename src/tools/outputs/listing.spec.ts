import { describe, expect, it } from 'vitest';

import { commitOutput, commitText } from './commit.output.js';
import { listing } from './listing.js';
import { pathsOutput } from './paths.output.js';

const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `folder/${'x'.repeat(90)}${index}`);

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
