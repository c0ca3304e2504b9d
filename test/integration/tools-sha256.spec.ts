import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

/** Beside what is asked of every odd repository: where the 40 digits of SHA-1 are something else. */
describe('In a repository of SHA-256', () => {
  let tools: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });

  afterAll(() => tools.close());

  beforeEach(() => {
    repo = new GitRepository({ root: tools.folder(), objectFormat: 'sha256' });
    repo.commitFiles('base', { 'a.txt': '0\n' });
  });

  const call = async (name: string, args: object) =>
    (await tools.call(name, { repo_path: repo.path, ...args })).structured;

  it('a branch that is named by 40 hexadecimal digits is looked up on every call', async () => {
    const name = 'deadbeef'.repeat(5);
    repo.branch(name);
    const shown = async () => (await call('git_show', { revision: name }))['commit'];
    const before = await shown();
    repo.commitFiles('next', { 'a.txt': '1\n' });
    repo.git(['update-ref', `refs/heads/${name}`, 'HEAD']);

    expect([before, await shown()]).toMatchObject([{ sha: repo.revision('HEAD~1') }, { sha: repo.head() }]);
  });

  it('git_range_diff names commits by their whole ids', async () => {
    repo.branch('old');
    const young = repo.commitFiles('change', { 'a.txt': '1\n' });
    const old = repo.checkout('old').commitFiles('change', { 'a.txt': '1\n' }, 1_700_000_050);

    const { commits } = await call('git_range_diff', { old: 'old', new: 'main' });

    expect(commits).toMatchObject([{ old, new: young }]);
  });
});
