import { readFileSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../../../test/support/git-repository.js';
import { entryCount, readIndexFacts, trackedAttributes } from './index-file.js';

describe('Facts of an index file', () => {
  let repo: GitRepository;

  beforeEach(() => {
    repo = new GitRepository();
  });
  afterEach(() => repo.remove());

  const index = () => readFileSync(repo.file('.git/index'));

  it('counts ordinary files and calls them plain', () => {
    repo.commitFiles('files', { a: 'a', 'b/c': 'c', [`long/${'n'.repeat(200)}`]: 'x' });

    expect(readIndexFacts(index())).toEqual({ plain: true, entries: 3, attributes: [] });
    expect(entryCount(index().subarray(0, 12))).toBe(3);
  });

  it('takes a repository without an index for an empty one', () => {
    expect(readIndexFacts(null)).toEqual({ plain: true, entries: 0, attributes: [] });
  });

  it('finds the tracked attribute files, and only those', () => {
    repo.commitFiles('files', {
      '.gitattributes': '',
      'd/.gitattributes': '',
      'd/x.gitattributes.txt': '',
      s: '',
    });

    expect(trackedAttributes(index())).toEqual(['.gitattributes', 'd/.gitattributes']);
  });

  it.each([
    ['an entry that is only intended', () => repo.write('new', 'x').git(['add', '--intent-to-add', 'new'])],
    ['an entry that is assumed unchanged', () => repo.git(['update-index', '--assume-unchanged', 'file'])],
    ['an entry left out of the work tree', () => repo.git(['update-index', '--skip-worktree', 'file'])],
    ['a submodule', () => repo.git(['update-index', '--add', '--cacheinfo', `160000,${repo.head()},sub`])],
    ['names that are compressed', () => repo.git(['update-index', '--index-version', '4'])],
    ['an index in two files', () => repo.git(['update-index', '--split-index'])],
  ])('does not call plain what has %s', (_, change) => {
    repo.commitFiles('files', { file: 'a' });
    change();

    expect(readIndexFacts(index()).plain).toBe(false);
  });

  it('does not call a conflict plain', () => {
    repo.conflict('merge');

    expect(readIndexFacts(index()).plain).toBe(false);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['other bytes', Buffer.from('something else altogether')],
  ])('refuses %s', (_, bytes) => {
    expect(() => readIndexFacts(bytes)).toThrow('odd-index');
  });

  it('does not trust a file that promises more entries than it has', () => {
    const lying = Buffer.from(index0());
    lying.writeUInt32BE(1_000_000, 8);

    expect(() => readIndexFacts(lying)).toThrow('odd-index');
  });

  function index0(): Buffer {
    repo.commitFiles('files', { file: 'a' });
    return index();
  }
});
