import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../../../test/support/git-repository.js';
import { repositoryAt } from '../../../test/support/repository-at.js';
import { unfinishedOperation } from './unfinished-operation.js';

describe('What waits for a continue or an abort', () => {
  let repo: GitRepository;

  beforeEach(() => {
    repo = new GitRepository();
  });

  afterEach(() => repo.remove());

  const found = (gitDir = repo.file('.git')) =>
    unfinishedOperation(repositoryAt(repo.path, { gitDir, commonDir: gitDir }));

  it.each([
    ['rebase', ['rebase-merge/end']],
    ['rebase', ['rebase-apply/next']],
    ['rebase', ['rebase-merge/end', 'CHERRY_PICK_HEAD']],
    ['merge', ['MERGE_HEAD']],
    ['cherry-pick', ['CHERRY_PICK_HEAD']],
    ['revert', ['REVERT_HEAD']],
  ])('is a %s where git left %j', (operation, files) => {
    for (const file of files) repo.write(`.git/${file}`, '1\n');

    expect(found()).toBe(operation);
  });

  it.each([
    ['cherry-pick', 'pick 1234567 first\n'],
    ['revert', 'revert 1234567 first\n'],
  ])('is a %s that stopped between two commits', (operation, todo) => {
    repo.write('.git/sequencer/todo', todo);

    expect(found()).toBe(operation);
  });

  it('is nothing where git am applies mails', () => {
    repo.write('.git/rebase-apply/applying', '');

    expect(found()).toBeNull();
  });

  it('is nothing where nothing was begun, or the folder is gone', () => {
    expect([found(), found(repo.file('gone'))]).toEqual([null, null]);
  });
});
