import { mkdirSync, readFileSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../../../test/support/git-repository.js';
import { Unsuited } from './unsuited.error.js';
import { visitedPaths } from './visited-paths.js';

describe('The places that git visits by a copy of the index', () => {
  let repo: GitRepository;

  beforeEach(() => {
    repo = new GitRepository();
    repo.commitFiles('files', { '.gitignore': 'ignored\n', 'aa/bb/.one': '1', cc: '2' });
    repo.write('new/deep/file', '1').write('ignored/file', '1');
    mkdirSync(repo.file('empty'));
    // Else git notes what it finds only where it has something else to write as well.
    repo.git(['config', 'core.untrackedCache', 'true']);
    repo.git(['status']);
  });
  afterEach(() => repo.remove());

  const index = () => readFileSync(repo.file('.git/index'));
  /** An index as nobody's git would write it. */
  const forged = (from: string, to: string) => {
    const bytes = index();
    for (let at = bytes.indexOf(from); at !== -1; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
    return bytes;
  };
  it('are the tracked files, and all folders but what is ignored, each after the one it is in', () => {
    expect(visitedPaths(index())).toEqual({
      files: ['.gitignore', 'aa/bb/.one', 'cc'],
      folders: ['', 'aa', 'aa/bb', 'empty', 'new', 'new/deep'],
    });
  });

  it.each([
    ['a file that leads out', 'aa/bb/.one', '../../.one'],
    ['a file at the root of the machine', 'aa/bb/.one', '/aa/bb/one'],
    ['a file in the git folder', 'aa/bb/.one', '.git/bb/ab'],
    ['a folder that leads out', 'new\0', '../\0'],
    ['the folder above', 'deep\0', '..//\0'],
    ['a name that is no UTF-8', 'deep\0', 'd\ufffd\0'],
  ])('are not told where an index names %s', (_, from, to) => {
    expect(reasonOf(forged(from, to))).toBe('odd-path');
  });

  it('are not told where git is sooner through with them', () => {
    const bytes = index();
    bytes.writeUInt32BE(3_001, 8);

    expect(reasonOf(bytes)).toBe('many-places');
  });

  it('are not told by an index without notes', () => {
    repo.git(['config', 'core.untrackedCache', 'false']);
    repo.git(['status']);

    expect(reasonOf(index())).toBe('no-notes');
  });

  it.each([
    [
      'a submodule',
      () => repo.git(['update-index', '--add', '--cacheinfo', `160000,${repo.head()},sub`]),
      'submodule',
    ],
    ['a repository within', () => repo.git(['init', '--quiet', repo.file('within')]), 'nested-repository'],
  ])('are not all of them where there is %s', (_, make, reason) => {
    make();
    repo.git(['status']);

    expect(reasonOf(index())).toBe(reason);
  });
});

/** The answer, where there is one. */
function reasonOf(bytes: Buffer) {
  try {
    return visitedPaths(bytes);
  } catch (error) {
    return error instanceof Unsuited ? error.reason : error;
  }
}
