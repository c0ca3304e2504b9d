import { describe, expect, it } from 'vitest';

import { isSameWithoutTail } from './shared-tail.js';

const numbered = (count: number, text = 'is a line of its own') =>
  Array.from({ length: count }, (_, at) => `${at} ${text}`);
const content = (...parts: readonly (readonly string[])[]) => Buffer.from(`${parts.flat().join('\n')}\n`);
const TAIL = numbered(100, 'is of the end that both share');

describe('isSameWithoutTail', () => {
  it('is certain where the end that both share is short', () => {
    const hunk = { oldStart: 1, start: 1, count: 1, removed: ['x'] };

    expect(isSameWithoutTail(content(['x', 'y']), content(['z', 'y']), [hunk])).toBe(true);
  });

  it('is certain where the lines between the changes are each there once', () => {
    const hunks = [
      { oldStart: 1, start: 1, count: 1, removed: ['x'] },
      { oldStart: 12, start: 12, count: 1, removed: ['y'] },
    ];
    const [before, after] = [
      content(['x'], numbered(10), ['y'], TAIL),
      content(['X'], numbered(10), ['Y'], TAIL),
    ];

    expect(isSameWithoutTail(before, after, hunks)).toBe(true);
  });

  it('is not where they are there twice, and so could be matched in another way', () => {
    const hunks = [
      { oldStart: 1, start: 1, count: 1, removed: ['x'] },
      { oldStart: 4, start: 4, count: 1, removed: ['y'] },
    ];
    const [before, after] = [content(['x', '', '', 'y'], TAIL), content(['X', '', '', 'Y'], TAIL)];

    expect(isSameWithoutTail(before, after, hunks)).toBe(false);
  });

  it('is not where a change could as well stand within the end that both share', () => {
    const same = Array.from({ length: 600 }, () => 'again');
    const hunk = { oldStart: 0, start: 1, count: 1, removed: [] };

    expect(isSameWithoutTail(content(same), content(['again'], same), [hunk])).toBe(false);
  });
});
