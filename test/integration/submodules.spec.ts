import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { SubmoduleFamily } from '../support/submodule-family.js';
import { ToolBench } from '../support/tool-bench.js';

describe('Submodules', () => {
  let tools: ToolBench;
  let family: SubmoduleFamily;
  let canary: string;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });
  afterAll(() => tools.close());

  beforeEach(() => {
    family = new SubmoduleFamily(tools.folder());
    canary = join(family.root, 'canary');
  });

  const submodule = (repo: GitRepository, args: object) =>
    tools.call('git_submodule', { repo_path: repo.path, ...args });
  const update = (repo: GitRepository, args: object = {}) =>
    tools.call('git_submodule_update', { repo_path: repo.path, action: 'update', ...args });
  const statesOf = async (repo: GitRepository) => {
    const { structured } = await submodule(repo, { action: 'list' });
    return (structured['submodules'] as { path: string; state: string }[]).map(({ path, state }) => [
      path,
      state,
    ]);
  };

  it('are listed, set up and checked out as git does it', async () => {
    const repo = family.fresh();

    const before = await statesOf(repo);
    await submodule(repo, { action: 'init' });
    const initialized = await statesOf(repo);
    await update(repo);

    expect([before, initialized, await statesOf(repo)]).toEqual([
      [['vendor/lib', 'uninitialized']],
      [['vendor/lib', 'missing']],
      [['vendor/lib', 'current']],
    ]);
    expect(repo.git(['submodule', 'status'])).toMatch(new RegExp(`^ ${family.first} vendor/lib`));
    expect(repo.git(['config', 'submodule.lib.url']).trim()).toBe(family.library.path);
    expect(repo.read('vendor/lib/lib.txt')).toBe('one\n');
    expect(repo.status()).toBe('');
    expect(existsSync(repo.file('.git/modules/lib/HEAD'))).toBe(true);
  });

  it('are fetched where the recorded commit is not here yet', async () => {
    const repo = family.fresh();
    await update(repo);
    const second = family.library.commitFiles('two', { 'lib.txt': 'two\n' });
    repo.git(['update-index', '--cacheinfo', `160000,${second},vendor/lib`]);

    const planned = await update(repo, { dry_run: true });
    await update(repo);

    expect(planned.structured['effects']).toEqual([
      { action: 'update submodule', subject: 'vendor/lib', from: family.first, to: second },
    ]);
    expect(await statesOf(repo)).toEqual([['vendor/lib', 'current']]);
    expect(repo.read('vendor/lib/lib.txt')).toBe('two\n');
  });

  it('keep local changes that an update would overwrite', async () => {
    const repo = family.fresh();
    await update(repo);
    repo.write('vendor/lib/lib.txt', 'mine\n');
    const second = family.library.commitFiles('two', { 'lib.txt': 'two\n' });
    repo.git(['update-index', '--cacheinfo', `160000,${second},vendor/lib`]);

    await expect(update(repo)).rejects.toMatchObject({ code: 'operation_failed' });

    expect(repo.read('vendor/lib/lib.txt')).toBe('mine\n');
  });

  it('are added as git adds them', async () => {
    const repo = new GitRepository({ root: family.root, name: 'other' });
    repo.commitFiles('begin', { 'a.txt': 'a\n' });
    const add = { repo_path: repo.path, action: 'add', url: family.library.path, path: 'deep/lib' };

    await tools.call('git_submodule_update', add);
    const staged = repo.git(['diff', '--cached', '--name-only']).trim().split('\n');
    const status = repo.git(['submodule', 'status']);
    repo.commit('with it');
    const again = repo.clone('again');
    again.git(['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'update', '--init']);

    expect(staged).toEqual(['.gitmodules', 'deep/lib']);
    expect(status).toMatch(new RegExp(`^ ${family.first} deep/lib`));
    expect(again.read('deep/lib/lib.txt')).toBe('one\n');
    repo.fsck();
  });

  it('leave nothing behind where the remote is empty, so that they can be added later', async () => {
    const repo = new GitRepository({ root: family.root, name: 'other' });
    repo.commitFiles('begin', { 'a.txt': 'a\n' });
    const empty = new GitRepository({ root: family.root, name: 'empty' });
    const add = { repo_path: repo.path, action: 'add', url: empty.path, path: 'lib' };

    await expect(tools.call('git_submodule_update', add)).rejects.toMatchObject({
      details: { reason: 'empty-remote' },
    });
    expect([repo.status(), existsSync(repo.file('.git/modules/lib'))]).toEqual(['', false]);

    empty.commitFiles('one', { 'lib.txt': 'one\n' });
    await tools.call('git_submodule_update', add);
    expect(repo.read('lib/lib.txt')).toBe('one\n');
  });

  it('are emptied only where nothing is lost, and come back without a transfer', async () => {
    const repo = family.fresh();
    await update(repo);
    repo.write('vendor/lib/new.txt', 'new\n');
    const deinit = { action: 'deinit', paths: ['vendor/lib'] };

    await expect(submodule(repo, deinit)).rejects.toMatchObject({
      details: { reason: 'dirty', paths: ['vendor/lib/new.txt'] },
    });
    await expect(submodule(repo, { ...deinit, force: true })).rejects.toMatchObject({ code: 'forbidden' });
    await tools.confirmed('git_submodule', { repo_path: repo.path, ...deinit, force: true });
    const emptied = readdirSync(repo.file('vendor/lib'));
    const state = await statesOf(repo);
    await update(repo);

    expect([emptied, state]).toEqual([[], [['vendor/lib', 'uninitialized']]]);
    expect(repo.read('vendor/lib/lib.txt')).toBe('one\n');
    expect(repo.status()).toBe('');
  });

  it('follow .gitmodules to another place', async () => {
    const repo = family.fresh();
    await update(repo);
    const moved = family.library.cloneBare('moved.git');
    repo.git(['config', '--file', '.gitmodules', 'submodule.lib.url', '../moved.git']);

    await submodule(repo, { action: 'sync' });

    expect(repo.git(['config', 'submodule.lib.url']).trim()).toBe(moved.path);
    expect(
      execFileSync('git', ['config', 'remote.origin.url'], {
        cwd: repo.file('vendor/lib'),
        encoding: 'utf8',
      }),
    ).toBe(`${moved.path}\n`);
  });

  it.each([
    ['a name above git’s folder', '[submodule "../../evil"]\n\tpath = vendor/lib\n\turl = ../library\n'],
    ['a name in the hooks of another', '[submodule "x/../hooks"]\n\tpath = vendor/lib\n\turl = ../library\n'],
    ['a program for a URL', '[submodule "lib"]\n\tpath = vendor/lib\n\turl = ext::touch canary\n'],
    ['an option for a URL', '[submodule "lib"]\n\tpath = vendor/lib\n\turl = --upload-pack=touch canary\n'],
    ['a URL out of the roots', '[submodule "lib"]\n\tpath = vendor/lib\n\turl = /etc\n'],
    ['a URL above the remote', '[submodule "lib"]\n\tpath = vendor/lib\n\turl = ../../../../../../../../x\n'],
  ])('are refused with %s', async (_what, gitmodules) => {
    const repo = family.fresh();
    writeFileSync(repo.file('.gitmodules'), gitmodules);

    await expect(update(repo)).rejects.toMatchObject({
      code: expect.stringMatching(/^(path_not_allowed|operation_failed|forbidden)$/) as unknown,
    });

    expect([existsSync(canary), existsSync(repo.file('.git/modules'))]).toEqual([false, false]);
    expect(readdirSync(repo.file('vendor/lib'))).toEqual([]);
  });

  it('are refused where the path leads through a link', async () => {
    const repo = family.fresh();
    const elsewhere = join(family.root, 'elsewhere');
    mkdirSync(elsewhere);
    repo.git(['rm', '--quiet', '--cached', 'vendor/lib']);
    execFileSync('rm', ['-r', repo.file('vendor')]);
    symlinkSync(elsewhere, repo.file('vendor'));
    repo.git(['update-index', '--add', '--cacheinfo', `160000,${family.first},vendor/lib`]);

    await expect(update(repo)).rejects.toMatchObject({ code: 'operation_failed' });

    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it('run nothing that .gitmodules, their configuration or their hooks name', async () => {
    family.library.commitFiles('filtered', { '.gitattributes': '* filter=evil\n', 'lib.txt': 'three\n' });
    const repo = family.fresh();
    repo.git(['config', '--file', '.gitmodules', 'submodule.lib.update', `!touch ${canary}`]);
    repo.git(['config', 'submodule.lib.update', `!touch ${canary}`]);
    await update(repo);
    const inner = repo.file('.git/modules/lib');
    for (const key of ['clean', 'smudge']) {
      execFileSync('git', [
        'config',
        '--file',
        join(inner, 'config'),
        `filter.evil.${key}`,
        `touch ${canary}; cat`,
      ]);
    }
    mkdirSync(join(inner, 'hooks'), { recursive: true });
    writeFileSync(join(inner, 'hooks/post-checkout'), `#!/bin/sh\ntouch ${canary}\n`);
    chmodSync(join(inner, 'hooks/post-checkout'), 0o755);
    repo.git(['update-index', '--cacheinfo', `160000,${family.library.head()},vendor/lib`]);

    await update(repo);
    const states = await statesOf(repo);
    await submodule(repo, { action: 'deinit' });

    expect(states).toEqual([['vendor/lib', 'current']]);
    expect(existsSync(canary)).toBe(false);
  });
});
