import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { NestedRepository } from '../support/nested-repository.js';
import { ToolBench } from '../support/tool-bench.js';

describe('Tools of the work tree', () => {
  let tools: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });

  afterAll(() => tools.close());

  beforeEach(() => {
    repo = new GitRepository({ root: tools.folder() });
    repo.commitFiles('base', { 'a.txt': 'a\n', 'dir/b.txt': 'b\n' });
  });

  const call = (name: string, args: object = {}) => tools.call(name, { repo_path: repo.path, ...args });
  const agreed = (name: string, args: object = {}) =>
    tools.confirmed(name, { repo_path: repo.path, ...args });

  const stash = (action: string, args: object = {}) => call('git_stash', { action, ...args });
  const stashed = () => repo.git(['stash', 'list', '--format=%gs']);

  it('git_restore unstages at once, and overwrites files only as planned', async () => {
    repo.write('a.txt', 'staged\n').stage('a.txt');

    const unstaged = await call('git_restore', { paths: ['.'], staged: true });
    expect(unstaged.structured).toMatchObject({ staged: ['a.txt'], worktree: [] });
    expect(repo.status()).toBe(' M a.txt\n');
    await expect(call('git_restore', { paths: ['a.txt'], confirm: true })).rejects.toMatchObject({
      code: 'forbidden',
      details: { reason: 'confirmation_required', plan_token: true },
    });

    const restored = await agreed('git_restore', { paths: ['a.txt'] });
    expect(restored.structured).toMatchObject({ staged: [], worktree: ['a.txt'] });
    expect(repo.status()).toBe('');
  });

  it('git_clean removes what was planned, or nothing where that changed', async () => {
    repo.write('x', '1').write('new/y', '1');
    const args = { repo_path: repo.path, directories: true };
    const plan = await tools.call('git_clean', { ...args, dry_run: true });
    expect(plan.structured).toMatchObject({
      dry_run: true,
      effects: [
        { action: 'delete', subject: 'new/' },
        { action: 'delete', subject: 'x' },
      ],
    });

    repo.write('z', '1');
    const confirmed = { ...args, confirm: true, plan_token: plan.structured['plan_token'] };
    await expect(tools.call('git_clean', confirmed)).rejects.toMatchObject({
      details: { reason: 'plan_changed' },
    });
    expect(repo.has('x')).toBe(true);

    const done = await agreed('git_clean', { directories: true });
    expect(done.structured).toMatchObject({ paths: ['new/', 'x', 'z'] });
    expect(repo.status()).toBe('');
  });

  it('git_rm and git_mv change what they say', async () => {
    expect((await call('git_mv', { sources: 'a.txt', destination: 'dir' })).structured).toMatchObject({
      moved: [{ from: 'a.txt', to: 'dir/a.txt' }],
    });
    expect(
      (await agreed('git_rm', { paths: ['dir'], recursive: true, force: true })).structured,
    ).toMatchObject({
      paths: ['dir/a.txt', 'dir/b.txt'],
    });
    expect(repo.status()).toBe('D  a.txt\nD  dir/b.txt\n');
  });

  it('git_apply says beforehand what it would change, and that it would not fit', async () => {
    repo.write('a.txt', 'changed\n');
    const patch = repo.git(['diff']);
    repo.git(['checkout', '--quiet', '.']);

    const plan = await call('git_apply', { patch, dry_run: true });
    expect(plan.structured['effects']).toEqual([{ action: 'update', subject: 'a.txt' }]);
    expect(repo.status()).toBe('');
    expect((await call('git_apply', { patch, to: 'both' })).structured).toMatchObject({
      files: [{ path: 'a.txt', additions: 1, deletions: 1 }],
    });
    await expect(call('git_apply', { patch, dry_run: true })).rejects.toMatchObject({
      details: { reason: 'does-not-apply', rejected: [{ path: 'a.txt', line: 1 }, { path: 'a.txt' }] },
    });
  });

  describe('git_stash', () => {
    it('leaves no branch behind that could not be checked out', async () => {
      repo.commitFiles('later', { 'late.txt': 'committed\n' });
      const [older, newer] = [repo.revision('HEAD~1'), repo.head()];
      repo.git(['reset', '--hard', '--quiet', older]);
      repo.write('a.txt', 'aside\n').git(['stash', 'push', '--quiet']);
      repo.git(['reset', '--hard', '--quiet', newer]);
      repo.write('late.txt', 'not committed\n');

      await expect(stash('branch', { branch_name: 'fresh' })).rejects.toMatchObject({
        details: { paths: ['late.txt'] },
      });
      expect(repo.git(['branch', '--list', 'fresh'])).toBe('');
      expect(repo.read('late.txt')).toBe('not committed\n');
    });

    it('puts changes aside and takes them back', async () => {
      repo.write('a.txt', 'changed\n').write('dir/b.txt', 'staged\n').stage('dir/b.txt').write('new', 'n');

      const pushed = await stash('push', { message: 'odd "message"\n--all', include_untracked: true });
      expect(pushed.structured['paths']).toEqual(['dir/b.txt', 'a.txt', 'new']);
      expect(repo.status()).toBe('');
      const listed = await stash('list');
      expect(listed.structured['entries']).toEqual([
        {
          index: 0,
          sha: repo.revision('stash'),
          at: Number(repo.git(['log', '-1', '--format=%ct', 'stash'])),
          message: 'On main: odd "message" --all',
        },
      ]);
      const shown = await stash('show');
      expect(shown.text).toContain('-a\n+changed');
      expect(shown.structured).toMatchObject({ untracked: ['new'], diff: { files: [{}, {}] } });

      await stash('pop', { reinstate_index: true });
      expect(repo.status()).toBe(' M a.txt\nM  dir/b.txt\n?? new\n');
      expect(stashed()).toBe('');
    });

    it.each([
      [{ paths: ['dir'] }, ' M a.txt\n'],
      [{ staged: true }, ' M a.txt\n'],
      [{ keep_index: true }, 'M  dir/b.txt\n'],
      [{}, ''],
    ])('leaves with %j what git leaves', async (args, left) => {
      repo.write('a.txt', 'changed\n').write('dir/b.txt', 'staged\n').stage('dir/b.txt');

      await stash('push', args);

      expect(repo.status()).toBe(left);
      repo.git(['reset', '--quiet', '--hard']);
      repo.git(['stash', 'pop', '--quiet']);
      expect(repo.read('dir/b.txt')).toBe('staged\n');
    });

    it('keeps what is staged also where it takes untracked files along', async () => {
      repo.write('a.txt', 'changed\n').write('dir/b.txt', 'staged\n').write('fresh', 'x').write('new', 'n');
      repo.stage('dir/b.txt', 'fresh');

      await stash('push', { keep_index: true, include_untracked: true });

      expect(repo.status()).toBe('M  dir/b.txt\nA  fresh\n');
      repo.git(['reset', '--quiet', '--hard']);
      repo.git(['stash', 'pop', '--quiet']);
      expect(repo.read('new')).toBe('n');
    });

    it('keeps the entry where taking it back conflicts', async () => {
      repo.write('a.txt', 'stashed\n');
      await stash('push');
      repo.commitFiles('later', { 'a.txt': 'later\n' });

      await expect(stash('pop')).rejects.toMatchObject({
        code: 'merge_conflict',
        details: { operation: 'stash', paths: ['a.txt'] },
      });
      expect(repo.status()).toBe('UU a.txt\n');
      expect(stashed()).toBe('WIP on main: ' + repo.git(['log', '-1', '--skip=1', '--format=%h %s']));
    });

    it('overwrites no local change, and no untracked file', async () => {
      repo.write('a.txt', 'stashed\n').write('new', 'stashed');
      await stash('push', { include_untracked: true });

      repo.write('a.txt', 'local\n');
      await expect(stash('apply')).rejects.toMatchObject({
        details: { reason: 'local-changes', paths: ['a.txt'] },
      });
      repo.git(['checkout', '--quiet', '.']);
      repo.write('new', 'local');
      await expect(stash('apply')).rejects.toMatchObject({
        details: { reason: 'untracked-in-the-way', paths: ['new'] },
      });
      expect(repo.read('new')).toBe('local');
    });

    it('drops an entry only with a yes, and the one that was meant', async () => {
      for (const content of ['1\n', '2\n']) {
        repo.write('a.txt', content);
        await stash('push', { message: content.trim() });
      }
      await expect(stash('drop', { confirm: true })).rejects.toMatchObject({ code: 'forbidden' });

      await agreed('git_stash', { action: 'drop', index: 1 });

      expect(stashed()).toBe('On main: 2\n');
      await expect(stash('drop', { index: 7, dry_run: true })).rejects.toMatchObject({
        details: { reason: 'no-such-stash', stashes: 1 },
      });
    });

    it('makes a branch of an entry', async () => {
      const base = repo.head();
      repo.write('a.txt', 'stashed\n').stage('a.txt');
      await stash('push');
      repo.commitFiles('later', { 'a.txt': 'later\n' });

      await stash('branch', { branch_name: 'rescued' });

      expect([repo.currentBranch(), repo.head(), repo.status()]).toEqual(['rescued', base, 'M  a.txt\n']);
      expect(stashed()).toBe('');
      await expect(stash('branch', { branch_name: 'x', index: 0 })).rejects.toMatchObject({
        details: { reason: 'no-such-stash' },
      });
    });

    it('looks into no repository within', async () => {
      const nested = new NestedRepository(repo);
      const loose = new NestedRepository(repo, { name: 'loose', track: false });
      repo.write('a.txt', 'changed\n').write('new', 'n');

      for (const args of [{ include_untracked: true }, {}]) {
        nested.lookChanged();
        await stash('push', args);
        nested.lookChanged();
        await stash('show');
        await stash('pop');
      }

      expect([nested.wasRun, loose.wasRun]).toEqual([false, false]);
      expect(repo.status()).toContain(' M a.txt\n');
    });

    it('takes names of any bytes', async () => {
      const name = Buffer.concat([Buffer.from(`${repo.path}/`), Buffer.from([0x2d, 0xe9, 0x0a])]);
      writeFileSync(name, 'x');
      mkdirSync(repo.file('-p'));
      symlinkSync('/etc', join(repo.path, '-p', 'link'));

      const { structured } = await stash('push', { include_untracked: true });

      expect(structured['paths']).toEqual(['-p/link', '-\ufffd\n']);
      expect(repo.status()).toBe('');
      await stash('pop');
      expect(repo.git(['status', '--porcelain', '-uall', '-z'])).toBe('?? -p/link\0?? -\ufffd\n\0');
    });

    it.each([
      ['push', {}, 'nothing-to-stash'],
      ['push', { paths: ['../x'] }, undefined],
      ['pop', {}, 'no-such-stash'],
    ])('refuses %s %j (%s)', async (action, args, reason) => {
      await expect(stash(action, args)).rejects.toMatchObject(
        reason === undefined ? { code: 'path_not_allowed' } : { details: { reason } },
      );
    });

    it('needs a commit to stash on', async () => {
      const young = new GitRepository({ root: tools.folder() }).write('x', '1').stage('x');
      const request = { repo_path: young.path, action: 'push' };

      await expect(tools.call('git_stash', request)).rejects.toMatchObject({
        details: { reason: 'no-commit' },
      });
    });
  });
});
