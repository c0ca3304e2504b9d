import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Repository } from '../../src/git/repository.js';
import { keepForRemoval } from '../../src/git/submodules/kept-modules.js';
import { sweepKeptModules } from '../../src/git/submodules/kept-modules.sweep.js';
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

  it('takes no submodule away in which another one is checked out', async () => {
    const { library, app } = family;
    const nest = ['-c', 'protocol.file.allow=always', 'submodule', '--quiet'];
    library.git([...nest, 'add', app.path, 'deep']);
    const commit = library.commit('with a submodule');
    repo.git(['update-index', '--cacheinfo', `160000,${commit},${PATH}`]);
    await update();
    inner(...nest, 'update', '--init');
    repo.write(`${PATH}/deep/a.txt`, 'mine\n');

    await expect(call('git_undo')).rejects.toMatchObject({
      details: { reason: 'newer_work', paths: [PATH] },
    });
    await expect(submodule('deinit')).rejects.toMatchObject({
      details: { reason: 'dirty', paths: [`${PATH}/deep`] },
    });
    expect(repo.read(`${PATH}/deep/a.txt`)).toBe('mine\n');
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
      expect([repo.has('own'), repo.has('.git/modules/own')]).toEqual([false, false]);
      await add();
      expect(pictureOf(repo)).toEqual(after);
    });

    it('is added again without its remote, with what it had', async () => {
      await add();
      const after = [pictureOf(repo), repo.git(['-C', 'own/second', 'status', '--porcelain', '--branch'])];
      rmSync(family.library.path, { recursive: true });

      await call('git_undo');
      await call('git_redo');

      expect([pictureOf(repo), repo.git(['-C', 'own/second', 'status', '--porcelain', '--branch'])]).toEqual(
        after,
      );
      await call('git_undo');
      expect(repo.has('own')).toBe(false);
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

  describe('in a linked work tree', () => {
    let linked: string;
    const inside = (...args: readonly string[]) => repo.git(['-C', join(linked, PATH), ...args]).trim();
    const worktree = (action: string, args: object = {}) =>
      call('git_worktree', { action, path: linked, ...args });
    const removed = () =>
      tools.callAgreed('git_worktree', { repo_path: repo.path, action: 'remove', path: linked, force: true });
    const commit = () => {
      inside('switch', '--quiet', '--create', 'own');
      inside('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '--allow-empty', '-m', 'own');
    };
    const all = (at = linked) => ({
      outer: pictureOf(repo),
      inner: existsSync(join(at, PATH, '.git'))
        ? ['status --porcelain --branch', 'log --format=%H', 'config --get-all remote.origin.url'].map(
            (line) => repo.git(['-C', join(at, PATH), ...line.split(' ')]),
          )
        : [],
    });

    beforeEach(async () => {
      linked = join(root, 'linked');
      await worktree('add', { new_branch: 'topic' });
      await tools.call('git_submodule_update', { repo_path: linked, action: 'update' });
    });

    it('comes back with it, with commits that nobody else has, and goes again', async () => {
      commit();
      const before = all();
      await removed();
      const after = all();
      repo.git(['gc', '--quiet', '--prune=now']);

      await call('git_undo');
      expect(all()).toEqual(before);
      await call('git_redo');
      expect(all()).toEqual(after);
      await call('git_undo');
      expect(all()).toEqual(before);
    });

    it.each([
      ['a changed file', () => writeFileSync(join(linked, PATH, 'lib.txt'), 'mine\n'), `${PATH}/lib.txt`],
      ['a commit of its own', commit, PATH],
    ])('keeps it from being removed for %s, unless by force', async (_what, work, path) => {
      work();

      await expect(worktree('remove')).rejects.toMatchObject({ details: { reason: 'dirty', paths: [path] } });
      expect(existsSync(join(linked, PATH, 'lib.txt'))).toBe(true);
    });

    it('is no obstacle with a tag that is on no branch', async () => {
      const head = inside('rev-parse', 'HEAD');
      commit();
      inside('tag', 'v1');
      inside('switch', '--quiet', '--detach', head);
      inside('branch', '--quiet', '--delete', '--force', 'own');

      await worktree('remove');

      expect(existsSync(linked)).toBe(false);
    });

    it('is not kept with its changes, and an undo says so', async () => {
      writeFileSync(join(linked, PATH, 'lib.txt'), 'mine\n');
      await removed();

      await expect(call('git_undo')).rejects.toMatchObject({
        details: { reason: 'not-kept', worktree: linked },
      });
      expect(existsSync(linked)).toBe(false);
    });

    it('is told where it is by a repair after the work tree was moved by hand', async () => {
      commit();
      const { inner: before } = all();
      mkdirSync(join(root, 'else'));
      const moved = join(root, 'else/where');
      renameSync(linked, moved);

      await call('git_worktree', { action: 'repair', path: moved });

      expect(all(moved).inner).toEqual(before);
    });

    it('does not move into itself', async () => {
      const before = all();

      await expect(worktree('move', { new_path: join(linked, 'in') })).rejects.toMatchObject({
        code: 'operation_failed',
        details: { reason: 'inside-itself' },
      });
      expect(all()).toEqual(before);
    });

    it('moves with it, there and back', async () => {
      commit();
      const before = all();
      const moved = join(root, 'else/where');
      mkdirSync(join(root, 'else'));
      await worktree('move', { new_path: moved });
      const after = all(moved);

      expect(after.inner).toEqual(before.inner);
      await call('git_undo');
      expect(all()).toEqual(before);
      await call('git_redo');
      expect(all(moved)).toEqual(after);
    });

    it.each([
      ['removed', () => removed()],
      ['changed', () => call('git_create_branch', { branch_name: 'next' })],
    ])(
      'is there again after the server ended in the middle of its removal, before anything is %s',
      async (_what, next) => {
        commit();
        const before = all();
        keepForRemoval({ commonDir: repo.file('.git') } as Repository, repo.file('.git/worktrees/linked'));
        expect(all).toThrow('Command failed');
        await sweepKeptModules({ commonDir: repo.file('.git') } as Repository, {
          sinceMs: Infinity,
          maxBytes: 0,
        });

        await next();
        await call('git_undo');

        expect(all()).toEqual(before);
      },
    );

    it('is taken out, and then the work tree removed that was added', async () => {
      await tools.call('git_undo', { repo_path: linked });
      expect(all().inner).toEqual([]);
      await call('git_undo', { operation_id: await idOf('git_worktree') });

      expect(existsSync(linked)).toBe(false);
    });

    it('comes back with an isolation that was finished', async () => {
      const { structured } = await call('git_isolate', { action: 'start' });
      const path = String(structured['path']);
      await tools.call('git_submodule_update', { repo_path: path, action: 'update' });
      const before = all(path);
      await call('git_isolate', { action: 'finish', path });
      expect(existsSync(path)).toBe(false);

      await call('git_undo');

      expect(all(path)).toEqual(before);
    });

    it('is remembered with one that was forgotten since its folder had moved', async () => {
      commit();
      const before = all();
      renameSync(linked, `${linked}2`);
      await call('git_worktree', { action: 'prune' });

      await call('git_undo');
      renameSync(`${linked}2`, linked);

      expect(all()).toEqual(before);
    });
  });

  async function idOf(tool: string): Promise<string> {
    const { operations } = (await call('git_operations')).structured as {
      operations: { id: string; tool: string }[];
    };
    return operations.find((one) => one.tool === tool)?.id ?? '';
  }
});
