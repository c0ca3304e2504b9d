import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { repositoryFormat } from './repository-format.js';

describe('The form of a repository', () => {
  it('is the common one where nothing is said', () => {
    expect(repositoryFormat('')).toEqual({ objectFormat: 'sha1', refFormat: 'files', bare: false });
  });

  it('is read as git writes it', () => {
    const config =
      '[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n\trefstorage = reftable\n';

    expect(repositoryFormat(config)).toEqual({ objectFormat: 'sha256', refFormat: 'reftable', bare: true });
  });

  it.each([
    ['[core]\n\tbare', true],
    ['[CORE] Bare = Yes ; comment', true],
    ['[core]\n\tbare = true\n\tbare = false', false],
    ['[core "sub"]\n\tbare = true', false],
    ['[other]\n\tbare = true', false],
    ['# [core]\n# bare = true', false],
  ])('%j is bare: %s', (config, bare) => {
    expect(repositoryFormat(config).bare).toBe(bare);
  });

  it.each([
    ['[core]\n\tworktree = ../../x', '../../x'],
    [String.raw`[core] worktree = "/a \"b\""`, '/a "b"'],
  ])('%j has its work tree at %s', (config, worktree) => {
    expect(repositoryFormat(config).worktree).toBe(worktree);
  });

  it('is found in any text without an error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(repositoryFormat(text).objectFormat).toMatch(/^sha/);
      }),
    );
  });
});
