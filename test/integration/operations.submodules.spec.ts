import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GitRepository } from '../support/git-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { SubmoduleFamily } from '../support/submodule-family.js';
import { ToolsOnGit } from '../support/tools-on-git.js';

const PATH = 'vendor/lib';

describe('An undo of submodules', () => {
  let root: string;
  let family: SubmoduleFamily;
  let repo: GitRepository;
  let tools: ToolsOnGit;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    root = realpathSync(mkdtempSync(join(tmpdir(), 'family-')));
    family = new SubmoduleFamily(root);
    repo = family.fresh();
    tools = await ToolsOnGit.start([root]);
  });

  afterEach(async () => {
    await tools.close();
    rmSync(root, { recursive: true, force: true });
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  const call = (name: string, args: object = {}) => tools.call(name, { repo_path: repo.path, ...args });
  const submodule = (action: string, args: object = {}) => call('git_submodule', { action, ...args });
  const update = (args: object = {}) => call('git_submodule_update', { action: 'update', ...args });
  const add = () =>
    call('git_submodule_update', { action: 'add', url: family.library.path, path: 'own/second' });
  const isThere = () => repo.has(`${PATH}/.git`);
  const inner = (...args: readonly string[]) => repo.git(['-C', PATH, ...args]).trim();
  const pictures = () => ({
    outer: pictureOf(repo),
    inner: isThere()
      ? [
          inner('rev-parse', 'HEAD'),
          inner('status', '--porcelain', '--branch'),
          inner('config', '--get-all', 'remote.origin.url'),
        ]
      : [],
  });
  /** Takes another URL from `.gitmodules`. @returns what was before */
  const sync = async () => {
    await update();
    repo.git([
      'config',
      '--file=.gitmodules',
      'submodule.lib.url',
      family.library.cloneBare('moved.git').path,
    ]);
    const before = pictures();
    await submodule('sync');
    return before;
  };
  /** What an undo and a redo leave. */
  const backAndForth = async () => {
    await call('git_undo');
    const undone = pictures();
    await call('git_redo');
    return [undone, pictures()];
  };

  it('forgets the URLs that an init noted', async () => {
    const before = pictures();
    await submodule('init');
    const after = pictures();

    expect(after).not.toEqual(before);
    expect(await backAndForth()).toEqual([before, after]);
  });

  it('empties what an update checked out, and needs no remote to do it again', async () => {
    const before = pictures();
    await update();
    const after = pictures();
    rmSync(family.library.path, { recursive: true });

    expect(await backAndForth()).toEqual([before, after]);

    expect(repo.read(`${PATH}/lib.txt`)).toBe('one\n');
  });

  describe('that took the URLs of .gitmodules again', () => {
    it('puts back those that they had, in the submodules too', async () => {
      const before = await sync();
      const after = pictures();

      expect(after.inner).not.toEqual(before.inner);
      expect(after.outer.settings).not.toEqual(before.outer.settings);
      expect(await backAndForth()).toEqual([before, after]);
    });

    it('leaves alone what was changed in a submodule meanwhile', async () => {
      await sync();
      repo.write(`${PATH}/lib.txt`, 'mine\n');

      await call('git_undo');

      expect(inner('config', 'remote.origin.url')).toBe(family.library.path);
      expect(repo.read(`${PATH}/lib.txt`)).toBe('mine\n');
    });

    it('is refused where the submodule has another one since', async () => {
      await sync();
      inner('config', 'remote.origin.url', '/elsewhere');

      await expect(call('git_undo')).rejects.toMatchObject({
        details: { reason: 'newer_work', refs: [`remote.origin.url (${PATH})`] },
      });
      expect(inner('config', 'remote.origin.url')).toBe('/elsewhere');
    });

    it('keeps no URL that holds a password, and names the submodule', async () => {
      await update();
      const secret = 'https://ada:hunter2@example.org/lib';
      inner('config', 'remote.origin.url', secret);
      await submodule('sync');

      await expect(call('git_undo')).rejects.toMatchObject({
        details: { reason: 'unknown-configuration', keys: [`remote.origin.url (${PATH})`] },
      });
    });
  });

  it.each([
    ['a commit', ['checkout', '--quiet', '--detach']],
    ['a branch', ['checkout', '--quiet', '-b', 'own']],
  ])('goes back to %s from which an update led away', async (_what, away) => {
    await update();
    inner(...away);
    inner('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '--allow-empty', '-m', 'own');
    const before = pictures();
    await update();

    const after = pictures();

    expect(after).not.toEqual(before);
    expect(await backAndForth()).toEqual([before, after]);
  });

  it('checks out again what a deinit took away', async () => {
    await update();
    const before = pictures();
    await submodule('deinit');
    expect(readdirSync(repo.file(PATH))).toEqual([]);

    const after = pictures();

    expect(after).not.toEqual(before);
    expect(await backAndForth()).toEqual([before, after]);
  });

  it('brings back keys alone where nothing was checked out', async () => {
    await submodule('init');
    const before = pictures();
    await submodule('deinit', { paths: [PATH] });

    const after = pictures();

    expect(after).not.toEqual(before);
    expect(await backAndForth()).toEqual([before, after]);
  });

  it('is refused where a submodule has changed since', async () => {
    await update();
    repo.write(`${PATH}/lib.txt`, 'mine\n');

    await expect(call('git_undo')).rejects.toMatchObject({
      details: { reason: 'newer_work', paths: [PATH] },
    });
    expect(repo.read(`${PATH}/lib.txt`)).toBe('mine\n');
  });

  it.each([
    ['changes', 'lib.txt', true],
    ['ignored files', 'x.log', false],
  ])('says of %s that were lost with a deinit that they are not kept', async (_what, file, force) => {
    await update();
    repo.write('.git/modules/lib/info/exclude', '*.log\n').write(`${PATH}/${file}`, 'mine\n');
    await tools.callAgreed('git_submodule', { repo_path: repo.path, action: 'deinit', force });

    await expect(call('git_undo')).rejects.toMatchObject({
      details: { reason: 'not-kept', paths: [PATH] },
    });
    expect(isThere()).toBe(false);
  });

  describe('that was added', () => {
    it('leaves nothing of it, so that it can be added again', async () => {
      const before = pictureOf(repo);
      await add();
      const after = pictureOf(repo);

      await call('git_undo');

      expect(pictureOf(repo)).toEqual(before);
      expect([repo.has('own'), repo.has('.git/modules/own/second')]).toEqual([false, false]);
      await expect(call('git_redo')).rejects.toMatchObject({ details: { reason: 'not-kept' } });
      await add();
      expect(pictureOf(repo)).toEqual(after);
    });

    it.each([
      ['a changed file', () => repo.write('own/second/lib.txt', 'mine\n')],
      [
        'an ignored file',
        () => repo.write('.git/modules/own/second/info/exclude', '*').write('own/second/x', 'x'),
      ],
      ['a branch of its own', () => repo.git(['-C', 'own/second', 'branch', 'mine'])],
    ])('is refused where it has %s', async (_what, work) => {
      await add();
      work();

      await expect(call('git_undo')).rejects.toMatchObject({
        details: { reason: 'newer_work', paths: ['own/second'] },
      });
      expect(repo.has('own/second/lib.txt')).toBe(true);
    });
  });
});
