import { describe, expect, it } from 'vitest';

import { partOfHunk } from './hunk-selection.js';

describe('A part of a hunk', () => {
  it('is taken of as many lines as a diff may have', () => {
    const changes = 100_000;
    const lines = Array.from({ length: changes }, () => [' same', '-old', '+new']).flat();
    const hunk = { oldStart: 1, newStart: 1, section: '', lines };

    const part = partOfHunk(hunk, { start: 2, end: 2 }, 'forward');

    const others = Array.from({ length: changes - 1 }, () => [' same', ' old']).flat();
    expect(part?.lines).toEqual([' same', '-old', '+new', ...others]);
  });
});
