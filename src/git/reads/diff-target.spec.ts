import { describe, expect, it } from 'vitest';

import { parseDiffTarget } from './diff-target.js';

describe('The target of a diff', () => {
  it.each([
    ['main', { kind: 'work-tree', revision: 'main' }],
    ['v1.0', { kind: 'work-tree', revision: 'v1.0' }],
    ['a..b', { kind: 'two-dots', from: 'a', to: 'b' }],
    ['a...b', { kind: 'three-dots', from: 'a', to: 'b' }],
    ['a..', { kind: 'two-dots', from: 'a', to: 'HEAD' }],
    ['...b', { kind: 'three-dots', from: 'HEAD', to: 'b' }],
    ['v1.0..v1.1', { kind: 'two-dots', from: 'v1.0', to: 'v1.1' }],
  ])('%s is read as git reads it', (text, target) => {
    expect(parseDiffTarget(text)).toEqual(target);
  });

  it.each(['..', '...', 'a....b', 'a..b..c'])('%s is refused', (text) => {
    expect(() => parseDiffTarget(text)).toThrow(expect.objectContaining({ code: 'revision_not_found' }));
  });
});
