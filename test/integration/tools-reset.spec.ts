import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { NestedRepository } from '../support/nested-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { ToolBench } from '../support/tool-bench.js';

const MODES = ['soft', 'mixed', 'hard', 'keep', 'merge'] as const;

/** Two commits on `topic`; both times with the same ids. */
function made(root: string, name: string): GitRepository {
  const repo = new GitRepository({ root, name });
  repo.commitFiles('one', { 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n', 'gone.txt': 'x\n' });
  repo.commitFiles('two', { 'c.txt': 'two\n', 'new.txt': 'n\n', 'gone.txt': null });
  repo.git(['branch', '-m', 'topic']);
  return repo;
}

describe('git_reset', () => {
  let tools: ToolBench;
  let repo: GitRepository;
  let twin: GitRepository;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });

  afterAll(() => tools.close());

  beforeEach(() => {
    const root = tools.folder();
    repo = made(root, 'repo');
    twin = made(root, 'twin');
  });

  const call = (args: object) => tools.call('git_reset', { repo_path: repo.path, ...args });
  const agreed = (args: object) => tools.confirmed('git_reset', { repo_path: repo.path, ...args });
  const both = (change: (one: GitRepository) => unknown) => [repo, twin].forEach(change);

  it.each(MODES.flatMap((mode) => [undefined, 'HEAD~1', 'HEAD'].map((target) => ({ mode, target }))))(
    'does $mode to $target as git does, says so before, and is undone',
    async ({ mode, target }) => {
      both((one) => {
        one.write('a.txt', 'staged\n').write('added.txt', 'new\n').git(['add', '.']);
        one.write('u.txt', 'untracked\n');
        if (mode !== 'keep') one.write('b.txt', 'unstaged\n');
      });
      const before = pictureOf(repo);
      twin.git(['reset', '--quiet', `--${mode}`, ...(target === undefined ? [] : [target])]);

      const { structured } = await call({ mode, target, dry_run: true });
      expect(pictureOf(repo)).toEqual(before);
      await agreed({ mode, target });

      expect(pictureOf(repo)).toEqual(pictureOf(twin));
      repo.fsck();
      const after = pictureOf(repo);
      const changed = Object.keys({ ...before.files, ...after.files }).filter(
        (path) => before.files[path] !== after.files[path],
      );
      const overwritten = (structured['effects'] as { action: string; subject: string }[])
        .filter(({ action }) => action === 'overwrite')
        .map(({ subject }) => subject);
      expect(overwritten).toEqual(expect.arrayContaining(changed));
      // What changes nothing has no entry in the log.
      if (mode !== 'soft' || target === 'HEAD~1') await tools.call('git_undo', { repo_path: repo.path });
      expect(pictureOf(repo)).toEqual(before);
    },
  );

  it.each([
    ['keep', (one: GitRepository) => one.write('c.txt', 'mine\n')],
    ['keep', (one: GitRepository) => one.write('gone.txt', 'untracked\n')],
    ['merge', (one: GitRepository) => one.write('c.txt', 'mine\n')],
  ])('%s refuses what would be lost, as git does', async (mode, change) => {
    both(change);
    const before = pictureOf(repo);

    expect(() => twin.git(['reset', '--quiet', `--${mode}`, 'HEAD~1'])).toThrow('Command failed');
    const refused = { details: { reason: 'local-changes' } };
    await expect(call({ mode, target: 'HEAD~1', dry_run: true })).rejects.toMatchObject(refused);
    expect(pictureOf(repo)).toEqual(before);
  });

  it.each(['gone.txt', 'gone.txt/inner'])('hard never overwrites the ignored file %s', async (path) => {
    repo.write('.git/info/exclude', 'gone.txt\n').write(path, 'precious\n');

    await expect(agreed({ mode: 'hard', target: 'HEAD~1' })).rejects.toMatchObject({
      details: { reason: 'ignored-files', paths: [path] },
    });
    expect(repo.read(path)).toBe('precious\n');
  });

  it.each(['hard', 'merge'] as const)('%s needs the plan of a dry run', async (mode) => {
    repo.write('a.txt', 'mine\n');
    await expect(call({ mode, confirm: true })).rejects.toMatchObject({ code: 'forbidden' });
    expect(repo.read('a.txt')).toBe('mine\n');
  });

  it('dropping what a remote has, or moving a protected branch, needs a yes of the user', async () => {
    const refused = { details: { reason: 'confirmation_required' } };
    await call({ mode: 'soft', target: 'HEAD~1' });
    repo.git(['reset', '--quiet', '--soft', 'ORIG_HEAD']);
    repo.git(['update-ref', 'refs/remotes/origin/topic', 'HEAD']);

    await expect(call({ target: 'HEAD~1' })).rejects.toMatchObject(refused);
    await call({ target: 'HEAD' });
    const { structured } = await call({ target: 'HEAD~1', confirm: true });
    expect(structured).toMatchObject({ head: repo.head() });

    repo.git(['update-ref', '-d', 'refs/remotes/origin/topic']);
    repo.git(['branch', '-m', 'main']);
    await expect(call({ target: 'ORIG_HEAD' })).rejects.toMatchObject(refused);
  });

  it('forgets a merge in progress, but for soft and keep, which refuse', async () => {
    repo.git(['branch', '-m', 'main']);
    repo.conflict('merge');
    for (const mode of ['soft', 'keep'])
      await expect(call({ mode })).rejects.toMatchObject({ details: { reason: 'operation-in-progress' } });
    await agreed({ mode: 'hard' });

    expect(repo.status()).toBe('');
    expect(repo.has('.git/MERGE_HEAD')).toBe(false);
  });

  it('unstages before the first commit, and moves nothing there', async () => {
    const empty = new GitRepository({ root: tools.folder() });
    empty.write('a.txt', 'a\n').git(['add', '.']);
    const reset = (args: object) => tools.call('git_reset', { repo_path: empty.path, ...args });

    await expect(reset({ mode: 'hard', dry_run: true })).rejects.toMatchObject({
      details: { reason: 'no-commit' },
    });
    expect((await reset({})).structured).toEqual({ paths: ['a.txt'] });
    expect(empty.status()).toBe('?? a.txt\n');
  });

  it.each(MODES)('%s runs no filter of a nested repository', async (mode) => {
    const nested = new NestedRepository(repo);
    repo.commit('next');

    await agreed({ mode, target: 'HEAD~1' });
    await agreed({ mode, target: 'HEAD~2' });

    expect(nested.wasRun).toBe(false);
  });
});
