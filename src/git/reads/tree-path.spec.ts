import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { nameText, treeSegments } from './tree-path.js';

describe('A path inside a tree', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    ['a/b c/', ['a', 'b c']],
    ['.git/...', ['.git', '...']],
    ['-a\n"\\', ['-a\n"\\']],
  ])('%j has its segments', (path, segments) => {
    expect(treeSegments(path)).toEqual(segments);
  });

  it.each(['/', '/a', 'a//b', 'a//', '.', 'a/./b', '..', '../a', 'a/..', 'a\0b', 'a'.repeat(4_097)])(
    '%j is none',
    (path) => {
      expect(() => treeSegments(path)).toThrow(expect.objectContaining({ code: 'path_not_allowed' }));
    },
  );

  it('has the same segments as text and as bytes, and gives the text back', () => {
    const names = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .filter((name) => !/^\.{1,2}$|[/\0]/.test(name));
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 5 }), (given) => {
        const segments = treeSegments(given.join('/'));
        expect(treeSegments(Buffer.from(given.join('/')))).toEqual(segments);
        expect(segments.map(nameText)).toEqual(given);
      }),
    );
  });

  it('may hold bytes that are no text', () => {
    expect(treeSegments(Buffer.from([0x61, 0x2f, 0xff])).map(nameText)).toEqual(['a', '\ufffd']);
  });
});
