import { resolve } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { workTreePath } from './work-tree-paths.js';

describe('A path in the work tree', () => {
  it.each([
    ['a.txt', 'a.txt'],
    ['./a/../b', 'b'],
    ['/work/a', 'a'],
    ['/work', '.'],
    ['.', '.'],
    ['-x', '-x'],
    ['..a', '..a'],
    ['.gitignore', '.gitignore'],
    ['.github/x', '.github/x'],
    ['a/.gitmodules', 'a/.gitmodules'],
  ])('%s is %s', (given, path) => {
    expect(workTreePath('/work', given)).toBe(path);
  });

  it('never leads out, nor into the folder of git', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      'a',
      '.git',
      '.GIT',
      '/',
      '//',
      '.git.',
      'git~1',
      '.g\u200cit',
      '\\',
      '-',
      ':!',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 7 }), (pieces) => {
        const path = allowed(pieces.join('/'));
        if (path === undefined) return;
        expect(`${resolve('/work', path)}/`).toMatch(/^\/work\//);
        expect(path.toLowerCase().split('/')).not.toContain('.git');
      }),
      { numRuns: 2_000 },
    );
  });
});

function allowed(path: string): string | undefined {
  try {
    return workTreePath('/work', path);
  } catch {
    return undefined;
  }
}
