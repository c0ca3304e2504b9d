import { afterEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../../../test/support/git-repository.js';
import { usualFileBytes } from './usual-file-size.js';

const many = (count: number, bytes: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`folder/file${at}`, 'x'.repeat(bytes)]));

describe('The usual size of a file', () => {
  let repo: GitRepository;

  afterEach(() => repo.remove());

  const usual = (objectFormat: 'sha1' | 'sha256' = 'sha1') =>
    usualFileBytes({ gitDir: repo.file('.git'), objectFormat });
  /** Git says no size of a file that is as young as the index. */
  const settle = () => repo.git(['update-index', '--really-refresh']);

  it('is the mean of what the index says', () => {
    repo = new GitRepository();
    repo.commitFiles('files', {
      a: 'x'.repeat(10),
      'folder/b': 'x'.repeat(30),
      [`c${'c'.repeat(200)}`]: '12',
    });
    settle();

    expect(usual()).toBe(14);
  });

  it('is that of the first files where there are many', () => {
    repo = new GitRepository();
    repo.commitFiles('files', { ...many(1_000, 7), 'z-last': 'x'.repeat(1_000_000) });
    settle();

    expect(usual()).toBe(7);
  });

  it('is unknown where the index is not simply read', () => {
    repo = new GitRepository({ objectFormat: 'sha256' });
    expect(usual('sha256')).toBeUndefined();
    expect(usual()).toBeUndefined();

    repo.commitFiles('files', { a: 'a' });
    expect(usual('sha256')).toBeUndefined();
    repo.write('.git/index', 'no index');
    expect(usual()).toBeUndefined();
  });

  it('is unknown where names are told by what they share', () => {
    repo = new GitRepository();
    repo.commitFiles('files', { a: 'a' });
    repo.git(['update-index', '--index-version=4']);

    expect(usual()).toBeUndefined();
  });
});
