import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

describe('git_worktree', () => {
  let repo: GitRepository;
  let bench: ToolBench;
  let outside: string;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
    repo.commitFiles('one', { 'a.txt': '1\n' });
    outside = realpathSync(mkdtempSync(join(tmpdir(), 'outside-')));
  });

  afterEach(() => {
    rmSync(outside, { recursive: true });
  });

  afterAll(() => bench.close());

  const at = (name: string) => join(repo.root, name);
  const call = (args: object, repo_path = repo.path) => bench.call('git_worktree', { repo_path, ...args });
  const listed = () => repo.git(['worktree', 'list', '--porcelain']);
  const paths = async () =>
    ((await call({ action: 'list' })).structured['worktrees'] as { path: string }[]).map(({ path }) => path);

  const confirmed = (args: object) => bench.confirmed('git_worktree', { repo_path: repo.path, ...args });

  it('adds one on a new branch, on an old one and on none, as git does', async () => {
    repo.branch('old').commit('two');

    await call({ action: 'add', path: at('fresh'), new_branch: 'topic/ünï', base: 'HEAD~1' });
    await call({ action: 'add', path: at('of old'), branch: 'old', reason: 'on a stick' });
    const last = await call({ action: 'add', path: at('-none'), checkout: false });

    expect(last.structured['worktrees']).toMatchObject([
      { path: repo.path, main: true, branch: 'main', head: repo.head() },
      { path: at('-none'), branch: null, head: repo.head() },
      { path: at('fresh'), branch: 'topic/ünï', head: repo.revision('HEAD~1') },
      { path: at('of old'), branch: 'old', locked: 'on a stick' },
    ]);
    expect(existsSync(join(at('fresh'), 'a.txt'))).toBe(true);
    expect(readdirSync(at('-none'))).toEqual(['.git']);
    const status = await bench.call('git_status', { repo_path: at('fresh') });
    expect(status.structured).toMatchObject({ branch: 'topic/ünï', entries: [] });
    repo.fsck();
  });

  it('adds one to a bare repository, and from a linked work tree', async () => {
    const bare = repo.cloneBare('bare.git');

    await call({ action: 'add', path: at('one'), branch: 'main' }, bare.path);
    const { structured } = await call({ action: 'add', path: at('two'), new_branch: 'b' }, at('one'));

    expect(structured['worktrees']).toMatchObject([
      { path: bare.path, bare: true, main: true },
      { path: at('one'), branch: 'main' },
      { path: at('two'), branch: 'b' },
    ]);
  });

  it('says in a dry run what would be made, and makes nothing', async () => {
    const { structured } = await call({ action: 'add', path: at('new'), new_branch: 'b', dry_run: true });

    expect(structured['effects']).toEqual([
      { action: 'create', subject: 'refs/heads/b', from: null, to: repo.head() },
      { action: 'add worktree', subject: at('new'), from: null, to: repo.head() },
    ]);
    expect(existsSync(at('new'))).toBe(false);
    expect(repo.git(['branch', '--list', 'b'])).toBe('');
  });

  it('moves, locks, unlocks and removes one', async () => {
    await call({ action: 'add', path: at('one'), new_branch: 'b' });

    await call({ action: 'lock', path: at('one'), reason: '--force' });
    for (const args of [
      { action: 'move', path: at('one'), new_path: at('two') },
      { action: 'remove', path: at('one') },
    ]) {
      await expect(call(args)).rejects.toMatchObject({ details: { reason: 'locked' } });
    }
    expect(listed()).toContain('locked --force');
    await call({ action: 'unlock', path: at('one') });
    await call({ action: 'move', path: at('one'), new_path: at('two') });
    expect(await paths()).toEqual([repo.path, at('two')]);
    await call({ action: 'remove', path: '../two' });

    expect(await paths()).toEqual([repo.path]);
    expect(existsSync(at('two'))).toBe(false);
  });

  it('keeps what is not committed until it is told twice', async () => {
    await call({ action: 'add', path: at('one'), new_branch: 'b' });
    writeFileSync(join(at('one'), 'new ünï.txt'), 'x');

    await expect(call({ action: 'remove', path: at('one') })).rejects.toMatchObject({
      details: { reason: 'dirty', paths: ['new ünï.txt'] },
    });
    await expect(call({ action: 'remove', path: at('one'), force: true })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(existsSync(join(at('one'), 'new ünï.txt'))).toBe(true);
    const { structured } = await call({ action: 'list', with_changes: true });
    expect(structured['worktrees']).toMatchObject([{}, { changes: 1 }]);
    await confirmed({ action: 'remove', path: at('one'), force: true });

    expect(existsSync(at('one'))).toBe(false);
  });

  it('forgets those whose folders are gone, and finds again what was moved by hand', async () => {
    await call({ action: 'add', path: at('gone'), new_branch: 'a' });
    await call({ action: 'add', path: at('moved'), new_branch: 'b' });
    rmSync(at('gone'), { recursive: true });
    renameSync(at('moved'), at('elsewhere'));

    await call({ action: 'repair', path: at('elsewhere') });
    const pruned = await call({ action: 'prune' });

    expect(pruned.structured['effects']).toMatchObject([{ action: 'prune worktree', subject: at('gone') }]);
    expect(await paths()).toEqual([repo.path, at('elsewhere')]);
  });

  it('removes those whose work is merged, and no other', async () => {
    for (const name of ['merged', 'dirty', 'locked', 'ahead']) {
      await call({ action: 'add', path: at(name), new_branch: name });
    }
    writeFileSync(join(at('dirty'), 'new.txt'), 'x');
    repo.git(['worktree', 'lock', at('locked')]);
    repo.git(['-C', at('ahead'), 'commit', '--quiet', '--allow-empty', '-m', 'more']);

    const { structured } = await confirmed({ action: 'prune-merged', delete_branches: true });

    expect(structured['effects']).toMatchObject([
      { action: 'remove worktree', subject: at('merged') },
      { action: 'delete', subject: 'refs/heads/merged' },
    ]);
    expect(await paths()).toEqual([repo.path, at('ahead'), at('dirty'), at('locked')]);
    expect(repo.git(['branch', '--list', 'merged'])).toBe('');
  });

  it('passes over one whose folder is another repository by now', async () => {
    for (const name of ['merged', 'taken']) await call({ action: 'add', path: at(name), new_branch: name });
    rmSync(join(at('taken'), '.git'));
    repo.git(['init', '--quiet', at('taken')]);

    const { structured } = await confirmed({ action: 'prune-merged' });

    expect(structured['effects']).toMatchObject([{ action: 'remove worktree', subject: at('merged') }]);
    expect(existsSync(join(at('taken'), '.git'))).toBe(true);
  });

  it('takes a path through a link for the folder that it leads to', async () => {
    await call({ action: 'add', path: at('one'), new_branch: 'one' });
    symlinkSync(at('one'), at('link'));

    await call({ action: 'lock', path: at('link') });

    expect(listed()).toContain('locked');
  });

  it.each([
    ['an outside path', () => join(outside, 'x')],
    ['a way out', () => '../../../x'],
    ['a sibling of the root', () => `${bench.root}-evil`],
    ["git's own folder", () => repo.file('.git/x')],
    ['it in other letters', () => repo.file('.GIT/worktrees/x')],
    ['the repository itself', () => repo.path],
    ['a folder without a parent', () => at('no/such/parent')],
  ])('does not add one at %s', async (_, path) => {
    await expect(call({ action: 'add', path: path() })).rejects.toMatchObject({
      code: expect.stringMatching(/^(path_not_allowed|operation_failed)$/) as string,
    });
    expect(readdirSync(outside)).toEqual([]);
    expect(await paths()).toEqual([repo.path]);
  });

  it.each(['', '\0', 'a\0b'])('takes %j for no path', async (path) => {
    await expect(call({ action: 'add', path })).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(call({ action: 'remove', path })).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('does not add one behind a link that leads out', async () => {
    symlinkSync(outside, at('link'));

    await expect(call({ action: 'add', path: at('link/x') })).rejects.toMatchObject({
      code: 'path_not_allowed',
    });
    expect(readdirSync(outside)).toEqual([]);
  });

  it.each([
    [{ new_branch: '--detach' }, 'operation_failed'],
    [{ new_branch: 'main' }, 'operation_failed'],
    [{ branch: 'main' }, 'operation_failed'],
    [{ branch: '-f' }, 'operation_failed'],
    [{ branch: 'nowhere' }, 'revision_not_found'],
    [{ base: '--orphan' }, 'revision_not_found'],
  ])('refuses %j and leaves nothing', async (args, code) => {
    await expect(call({ action: 'add', path: at('new'), ...args })).rejects.toMatchObject({ code });
    expect(existsSync(at('new'))).toBe(false);
    expect(await paths()).toEqual([repo.path]);
  });

  it('runs no hook and no filter', async () => {
    const script = `#!/bin/sh\ntouch ${join(outside, 'canary')}\ncat\n`;
    repo.write('evil.sh', script, 0o755).commitFiles('filtered', { '.gitattributes': '*.txt filter=evil\n' });
    repo.config('filter.evil.smudge', repo.file('evil.sh'));
    mkdirSync(repo.file('.git/hooks'), { recursive: true });
    repo.write('.git/hooks/post-checkout', script, 0o755);

    await call({ action: 'add', path: at('new'), new_branch: 'b' });

    expect(readdirSync(outside)).toEqual([]);
    expect(existsSync(join(at('new'), 'a.txt'))).toBe(true);
  });

  describe('whose repository says that a work tree is outside', () => {
    beforeEach(async () => {
      await call({ action: 'add', path: at('one'), new_branch: 'b' });
      mkdirSync(join(outside, 'tree'));
      writeFileSync(join(outside, 'tree/precious'), 'x');
      writeFileSync(repo.file('.git/worktrees/one/gitdir'), `${join(outside, 'tree/.git')}\n`);
      writeFileSync(join(outside, 'tree/.git'), `gitdir: ${repo.file('.git/worktrees/one')}\n`);
    });

    it.each([
      { action: 'remove', force: true, dry_run: true },
      { action: 'move', new_path: 'x' },
      { action: 'lock' },
    ])('does not touch it with %j', async (args) => {
      await expect(call({ ...args, path: join(outside, 'tree') })).rejects.toMatchObject({
        code: 'path_not_allowed',
      });
      expect(readdirSync(join(outside, 'tree')).toSorted()).toEqual(['.git', 'precious']);
    });

    it('does not write a .git file there to repair it', async () => {
      rmSync(join(outside, 'tree/.git'));

      await expect(call({ action: 'repair' })).rejects.toMatchObject({ code: 'path_not_allowed' });
      expect(readdirSync(join(outside, 'tree'))).toEqual(['precious']);
    });

    it('lists it and reads nothing of it', async () => {
      const { structured } = await call({ action: 'list', with_changes: true });

      expect(structured['worktrees']).toMatchObject([{}, { path: join(outside, 'tree'), inside: false }]);
      expect((structured['worktrees'] as object[])[1]).not.toHaveProperty('changes');
    });
  });

  it('forgets none by a link in the place of its folder: git would empty what that leads to', async () => {
    const other = new GitRepository({ root: repo.root, name: 'other' });
    other.write('.git/modules/lib/HEAD', 'ref: refs/heads/main\n');
    await call({ action: 'add', path: at('gone'), new_branch: 'b' });
    rmSync(at('gone'), { recursive: true });
    symlinkSync(other.file('.git'), repo.file('.git/worktrees/one'));

    await expect(call({ action: 'prune' })).rejects.toMatchObject({
      code: 'path_not_allowed',
      details: { link: 'worktrees/one' },
    });
    expect(other.has('.git/HEAD') && other.has('.git/modules/lib/HEAD')).toBe(true);
  });

  it('does not write through a link in the place of a .git file', async () => {
    await call({ action: 'add', path: at('one'), new_branch: 'b' });
    rmSync(join(at('one'), '.git'));
    symlinkSync(join(outside, 'made'), join(at('one'), '.git'));

    await expect(call({ action: 'repair' })).rejects.toMatchObject({ code: 'path_not_allowed' });
    expect(readdirSync(outside)).toEqual([]);
  });
});
