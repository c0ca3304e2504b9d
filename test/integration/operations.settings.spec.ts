import { cpSync, renameSync } from 'node:fs';

import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { ToolsOnGit } from '../support/tools-on-git.js';

const SECRET = 'https://ada:hunter2@example.org/repo';
const refusal = (details: object) => ({ code: 'operation_failed', details });

describe('An undo of settings', () => {
  let repo: GitRepository;
  let url: string;
  let tools: ToolsOnGit;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    const origin = new GitRepository();
    origin.commitFiles('base', { 'a.txt': 'a\n' });
    origin.branch('topic');
    url = origin.cloneBare('other.git').path;
    repo = origin.clone();
    tools = await ToolsOnGit.start([repo.root]);
  });

  afterEach(async () => {
    await tools.close();
    repo.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  const call = (name: string, args: object = {}) => tools.call(name, { repo_path: repo.path, ...args });
  /** Everything that the log keeps, as text. */
  const kept = () => {
    const ids = repo.git(['rev-list', '--objects', '--no-object-names', '--glob=refs/mcp-git/*']).split('\n');
    return ids.filter(Boolean).map((id) => repo.bytes(['cat-file', '-p', id]).toString('latin1'));
  };

  const enforce = (args: object) =>
    tools.callAgreed('git_security_enforce', { repo_path: repo.path, ...args });
  const all = () => repo.git(['config', '--list', '--local']).trimEnd().split('\n').toSorted();

  it.each<[string, string, () => object]>([
    ['a value', 'git_config', () => ({ action: 'set', key: 'pull.rebase', value: 'true' })],
    ['a value that is another one', 'git_config', () => ({ action: 'set', key: 'pull.ff', value: 'only' })],
    ['all values of a key', 'git_config', () => ({ action: 'unset', key: 'pull.ff' })],
    ['a new remote', 'git_remote', () => ({ action: 'add', name: 'up', url })],
    ['a renamed remote', 'git_remote', () => ({ action: 'rename', name: 'origin', new_name: 'up' })],
    ['another URL', 'git_remote', () => ({ action: 'set-url', name: 'origin', url })],
    ['another URL to push to', 'git_remote', () => ({ action: 'set-url', name: 'origin', url, push: true })],
    ['a removed remote with its branches', 'git_remote', () => ({ action: 'remove', name: 'origin' })],
    ['a new upstream', 'git_branch_edit', () => ({ action: 'set-upstream', upstream: 'origin/topic' })],
    ['no upstream', 'git_branch_edit', () => ({ action: 'unset-upstream' })],
    ['a renamed branch', 'git_branch_edit', () => ({ action: 'rename', new_name: 'trunk' })],
    ['a followed branch', 'git_checkout', () => ({ branch_name: 'topic' })],
  ])('brings back what was before: %s', async (_what, tool, args) => {
    repo.config('pull.ff', 'true').config('pull.ff', 'false');
    repo.config('remote.origin.fetch', '+refs/tags/*:refs/tags/*');
    const before = pictureOf(repo);
    await call(tool, args());
    const after = pictureOf(repo);
    expect(after.settings).not.toEqual(before.settings);

    await call('git_undo');
    expect(pictureOf(repo)).toEqual(before);
    await call('git_redo');
    expect(pictureOf(repo)).toEqual(after);
  });

  it('brings back with a deleted branch what it follows', async () => {
    repo.git(['branch', '--quiet', '--track', 'topic', 'origin/topic']);
    repo.config('branch.topic.description', 'two\nlines');
    const before = pictureOf(repo);
    const args = { repo_path: repo.path, action: 'delete', name: 'topic' };

    await tools.callAgreed('git_branch_edit', args);
    await call('git_undo');

    expect(pictureOf(repo)).toEqual(before);
  });

  it('says in a dry run which key becomes what', async () => {
    await call('git_config', { action: 'set', key: 'pull.rebase', value: 'true' });

    expect((await call('git_undo', { dry_run: true })).structured['effects']).toEqual([
      { action: 'unset', subject: 'pull.rebase', from: 'true', to: null },
    ]);
  });

  it('keeps what was set meanwhile, and is refused where that is the same key', async () => {
    await call('git_remote', { action: 'set-url', name: 'origin', url });
    repo.config('pull.rebase', 'merges');
    await call('git_undo');
    expect(repo.git(['config', 'pull.rebase'])).toBe('merges\n');

    await call('git_redo');
    repo.git(['remote', 'set-url', 'origin', '../elsewhere']);
    await expect(call('git_undo')).rejects.toMatchObject(
      refusal({ reason: 'newer_work', refs: ['remote.origin.url'] }),
    );
    expect(repo.git(['config', 'remote.origin.url'])).toBe('../elsewhere\n');
  });

  it('reads what is rare in a file of settings as git does', async () => {
    repo.config('include.path', 'more');
    const before = pictureOf(repo);

    await call('git_remote', { action: 'remove', name: 'origin' });
    await call('git_undo');

    expect(pictureOf(repo)).toEqual(before);
  });

  it.each([
    ['a secret', 'remote.origin.pushurl', SECRET],
    ['a program', 'remote.origin.uploadpack', './own'],
  ])('keeps nothing of %s, and is refused whole', async (_what, key, value) => {
    repo.config(key, value);

    await call('git_remote', { action: 'remove', name: 'origin' });

    await expect(call('git_undo')).rejects.toMatchObject(
      refusal({ reason: 'unknown-configuration', keys: [key] }),
    );
    expect(repo.git(['remote'])).toBe('');
    expect(kept().join('\n')).not.toContain(value);
  });

  describe('that protect', () => {
    it.each([{ harden: true }, { disable_hooks: true }, { harden: true, disable_hooks: true }])(
      'takes them off again: %j',
      async (args) => {
        repo.config('core.protectNTFS', 'false');
        const before = all();
        await enforce(args);
        const after = all();
        expect(after).not.toEqual(before);

        await call('git_undo');
        expect(all()).toEqual(before);
        await call('git_redo');
        expect(all()).toEqual(after);
      },
    );

    it.each([
      ['was removed', 'core.fsmonitor', './own-program', { remove: ['core.fsmonitor'] }],
      ['was replaced', 'core.hookspath', './own-hooks', { disable_hooks: true }],
    ])('brings no dangerous value back that %s, and keeps nothing of it', async (_what, key, value, args) => {
      repo.config(key, value);
      await enforce(args);
      const after = all();

      await expect(call('git_undo')).rejects.toMatchObject(
        refusal({ reason: 'unknown-configuration', keys: [key] }),
      );
      expect(all()).toEqual(after);
      expect(kept().join('\n')).not.toContain(value);
    });

    it('does not pass over what was removed from the file of a work tree alone', async () => {
      repo.config('extensions.worktreeConfig', 'true');
      repo.git(['config', '--worktree', 'core.fsmonitor', './own-program']);
      await call('git_create_branch', { branch_name: 'older' });
      await enforce({ remove: ['core.fsmonitor'] });

      await expect(call('git_undo')).rejects.toMatchObject(
        refusal({ reason: 'unknown-configuration', keys: ['core.fsmonitor (config.worktree)'] }),
      );
      expect(repo.git(['branch', '--list', 'older'])).toContain('older');
    });

    it('is refused where one of them was set anew', async () => {
      await enforce({ harden: true });
      repo.config('core.protectNTFS', 'false');

      await expect(call('git_undo')).rejects.toMatchObject(
        refusal({ reason: 'newer_work', refs: ['core.protectntfs'] }),
      );
      expect(all()).toContain('protocol.ext.allow=never');
    });
  });

  it('takes nothing from a log that came with a copy of the repository', async () => {
    await call('git_remote', { action: 'remove', name: 'origin' });
    renameSync(repo.path, `${repo.path}.moved`);
    cpSync(`${repo.path}.moved`, repo.path, { recursive: true });

    await expect(call('git_undo')).rejects.toMatchObject(refusal({ reason: 'copied' }));
    expect(repo.git(['remote'])).toBe('');
  });
});
