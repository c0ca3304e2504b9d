import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GitConfig, type GitOperationsConfig } from '../../src/config/sections/git.config.js';

import { GitRepository } from '../support/git-repository.js';
import { ToolsOnGit } from '../support/tools-on-git.js';

const MOST = 4_096;

/** Makes a file of one line. */
const patchOf = (bytes: number) =>
  `diff --git a/big.txt b/big.txt\nnew file mode 100644\n--- /dev/null\n+++ b/big.txt\n@@ -0,0 +1 @@\n+${'x'.repeat(bytes)}\n`;

describe('An operation that leaves more changed files than the log may keep', () => {
  let repo: GitRepository;
  let tools: ToolsOnGit;
  let git: GitConfig;
  const call = async (name: string, args: object = {}) =>
    (await tools.call(name, { repo_path: repo.path, ...args })).structured;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commitFiles('base', { 'a.txt': 'a\n' });
    tools = await ToolsOnGit.start([repo.root], (config) => {
      git = config;
      git.operations.maxSnapshotBytes = MOST;
    });
    await call('git_create_branch', { branch_name: 'older' });
  });

  afterEach(async () => {
    await tools.close();
    repo.remove();
  });

  it('is in the log, and an undo neither guesses what it did nor passes it over', async () => {
    await call('git_apply', { patch: patchOf(2 * MOST) });
    const { operations } = (await call('git_operations')) as { operations: Record<string, unknown>[] };

    expect(operations[0]).toMatchObject({ tool: 'git_apply', changed: false, limit: 'too-large' });
    await expect(call('git_undo')).rejects.toMatchObject({
      details: { reason: 'too-large', operation_id: operations[0]?.['id'] },
    });
    expect(repo.git(['branch', '--list', 'older'])).toContain('older');

    await call('git_undo', { operation_id: operations[1]?.['id'] });
    expect(repo.git(['branch', '--list', 'older'])).toBe('');
    expect(repo.read('big.txt')).toHaveLength(2 * MOST + 1);
  });

  it('does not make what was changed before it look like its own work', async () => {
    repo.write('a.txt', 'changed by hand\n');
    await call('git_apply', { patch: patchOf(2 * MOST) });

    await expect(call('git_undo')).rejects.toMatchObject({ details: { reason: 'too-large' } });
    expect(repo.read('a.txt')).toBe('changed by hand\n');
  });

  it.each<[string, Partial<GitOperationsConfig>]>([
    ['are more', { maxIgnoredFiles: 1 }],
    ['take too long', { ignoredFilesTimeout: 0 }],
    ['are larger', { maxSnapshotBytes: 3 }],
  ])(
    'says so of ignored files of a removed work tree that %s, and brings the others back',
    async (_what, most) => {
      Object.assign(git.operations, most);
      const path = join(repo.root, 'linked');
      repo.git(['worktree', 'add', '--quiet', path, 'older']);
      repo.write('.git/info/exclude', '*.log');
      for (const name of ['one.log', 'two.log']) writeFileSync(join(path, name), name);

      await call('git_worktree', { action: 'remove', path });
      const { operations } = (await call('git_operations')) as { operations: Record<string, unknown>[] };
      expect(operations[0]).toMatchObject({ tool: 'git_worktree', changed: true, limit: 'too-large' });
      await call('git_undo');

      expect(readdirSync(path).toSorted()).toEqual(['.git', 'a.txt']);
    },
  );

  it('goes on beside a message of an unfinished operation that is too large, and says so where it is gone', async () => {
    repo.write('a.txt', 'b\n').write('.git/SQUASH_MSG', 'x'.repeat(17 * 2 ** 20));
    const before = repo.head();
    await call('git_add', { files: ['a.txt'] });
    await call('git_undo');
    await call('git_add', { files: ['a.txt'] });
    await call('git_commit', { message: 'squashed' });
    expect(repo.has('.git/SQUASH_MSG')).toBe(false);

    await expect(call('git_undo')).rejects.toMatchObject({ details: { reason: 'too-large' } });
    expect(repo.head()).not.toBe(before);
  });

  it('is taken back where it just fits', async () => {
    await call('git_apply', { patch: patchOf(MOST / 2) });
    await call('git_undo');

    expect(repo.git(['status', '--porcelain'])).toBe('');
  });
});
