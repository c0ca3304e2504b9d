import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { GitReadsHarness, repositoryAt } from './git-reads.harness.js';

const signal = new AbortController().signal;

describe('Reads of a repository', () => {
  let harness: GitReadsHarness;
  let repo: GitRepository;

  beforeAll(() => {
    harness = new GitReadsHarness();
  });
  afterAll(async () => harness.close());
  beforeEach(() => {
    repo = new GitRepository();
  });
  afterEach(() => repo.remove());

  it('x', async () => {
    repo.commitFiles('one', { 'a.txt': 'a\nb\n' });
    repo.commitFiles('two', { 'a.txt': 'a\nc\n', 'b c.txt': 'x' });
    repo.branch('other');
    const r = repositoryAt(repo.path);
    console.log(await harness.reads.show(r, 'HEAD', signal));
    console.log(await harness.reads.show(r, 'HEAD~1', signal));
    console.log(await harness.reads.log(r, { maxCount: 5 }, signal));
    console.log(await harness.reads.branches(r, { type: 'all' }, signal));
    repo.write('a.txt', 'staged\n').stage('a.txt').write('a.txt', 'work');
    console.log(await harness.reads.status(r, signal));
    for (const kind of ['staged', 'unstaged'] as const)
      console.log(await harness.reads.diff(r, { kind, contextLines: 3 }, signal));
    console.log(await harness.outcomes());
    expect(1).toBe(1);
  });
});
