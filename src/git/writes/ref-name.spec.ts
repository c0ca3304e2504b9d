import { spawnSync } from 'node:child_process';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isBranchName } from './ref-name.js';

describe('The name of a branch', () => {
  it.each(['main', 'feature/x', 'a.b', 'a-b', 'naïve', '日本', 'a@b', '{x}', 'x,y'])('%s is one', (name) => {
    expect(isBranchName(name)).toBe(true);
  });

  it.each(['', '@', 'HEAD', '-x', '--all', 'a\ud800', 'x'.repeat(300), 'a\u007f', 'a\0b'])(
    '%j is none',
    (name) => {
      expect(isBranchName(name)).toBe(false);
    },
  );

  it('is never one that git refuses', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '.',
      '..',
      '/',
      '-',
      '@',
      '{',
      '}',
      '~',
      '^',
      ':',
      '*',
      '[',
      '\\',
      ' ',
      '.lock',
      'é',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
        const name = pieces.join('');
        if (!isBranchName(name)) return;
        expect(spawnSync('git', ['check-ref-format', `refs/heads/${name}`]).status).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
