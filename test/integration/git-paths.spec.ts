import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitConfig } from '../../src/config/sections/index.js';
import { RootsRepositoryLocator } from '../../src/git/paths/roots-repository.locator.js';
import { systemClock } from '../../src/shared/clock.js';
import { GitRepository } from '../support/git-repository.js';

const signal = new AbortController().signal;

function locatorOf(...roots: string[]): RootsRepositoryLocator {
  return new RootsRepositoryLocator(Object.assign(new GitConfig(), { roots }), systemClock);
}

async function codeOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(
    () => 'allowed',
    ({ code }: { code: unknown }) => code,
  );
}

function borrow(by: GitRepository, from: GitRepository): void {
  by.write('.git/objects/info/alternates', `${from.path}/.git/objects\n`);
}

describe('Finding a repository', () => {
  let folder: string;
  let root: string;
  let repo: GitRepository;
  let outside: GitRepository;
  let locator: RootsRepositoryLocator;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'paths-')));
    root = join(folder, 'root');
    repo = new GitRepository({ root, name: 'repo' });
    repo.commitFiles('one', { 'src/a.txt': 'x' });
    outside = new GitRepository({ root: folder, name: 'root-evil' });
    outside.commitFiles('secret', { 'secret.txt': 'x' });
    locator = locatorOf(root);
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const refusal = (path: string) => codeOf(locator.locate(path, signal));
  const refusalOfNew = (path: string) => codeOf(locator.locateNew(path, signal));

  it('describes it, from its work tree or any folder in it', async () => {
    const expected = {
      path: repo.path,
      gitDir: join(repo.path, '.git'),
      commonDir: join(repo.path, '.git'),
      bare: false,
      objectFormat: 'sha1',
      refFormat: 'files',
      trust: 'untrusted',
    };

    expect(await locator.locate(repo.path, signal)).toEqual(expected);
    expect(await locator.locate(join(repo.path, 'src'), signal)).toEqual(expected);
    expect(await locator.locate(`${repo.path}/src/../src/`, signal)).toEqual(expected);
  });

  it('takes a repository for a root, and a relative path where there is one root', async () => {
    const own = locatorOf(repo.path);

    expect(await own.locate('.', signal)).toMatchObject({ path: repo.path });
    expect(await locator.locate('repo', signal)).toMatchObject({ path: repo.path });
    await expect(locatorOf(root, outside.path).locate('repo', signal)).rejects.toMatchObject({
      code: 'path_not_allowed',
    });
  });

  it('knows a bare repository and one of SHA-256', async () => {
    const bare = repo.cloneBare('bare.git');
    const sha256 = new GitRepository({ root, name: 'sha256', objectFormat: 'sha256' });

    expect(await locator.locate(bare.path, signal)).toMatchObject({
      path: bare.path,
      gitDir: bare.path,
      bare: true,
    });
    expect(await locator.locate(sha256.path, signal)).toMatchObject({ objectFormat: 'sha256' });
    await expect(locator.locate(join(bare.path, 'refs'), signal)).rejects.toMatchObject({
      code: 'not_a_repository',
    });
  });

  it('follows a linked work tree to what it shares', async () => {
    const tree = join(root, 'tree');
    repo.git(['worktree', 'add', '--quiet', tree]);

    expect(await locator.locate(tree, signal)).toMatchObject({
      path: tree,
      gitDir: join(repo.path, '.git/worktrees/tree'),
      commonDir: join(repo.path, '.git'),
      bare: false,
    });
  });

  it('names the setting where no root is configured', async () => {
    await expect(locatorOf().locate(repo.path, signal)).rejects.toMatchObject({
      code: 'path_not_allowed',
      message: expect.stringContaining('git.roots (MCP_GIT_REPOSITORY)') as string,
    });
  });

  it.each(['', 'a\0b', 'x'.repeat(5_000)])('refuses a path that is none', async (path) => {
    expect(await refusal(path)).toBe('path_not_allowed');
  });

  it('stays inside: no parent, no sibling of the same prefix, no absolute path elsewhere', async () => {
    expect(await refusal(folder)).toBe('path_not_allowed');
    expect(await refusal(outside.path)).toBe('path_not_allowed');
    expect(await refusal(`${root}/../root-evil`)).toBe('path_not_allowed');
    expect(await refusal('/')).toBe('path_not_allowed');
    expect(await refusal('/etc')).toBe('path_not_allowed');
  });

  it('says the same of what is outside, whether it exists or not', async () => {
    const existing = locator.locate(outside.path, signal);
    const missing = locator.locate(join(folder, 'nowhere'), signal);

    const [one, other] = await Promise.all(
      [existing, missing].map((answer) => answer.catch((error: unknown) => error)),
    );

    expect(one).toEqual(other);
  });

  it('says of what is inside that there is no repository', async () => {
    mkdirSync(join(root, 'plain'));

    await expect(locator.locate(join(root, 'nowhere'), signal)).rejects.toMatchObject({
      code: 'not_a_repository',
    });
    await expect(locator.locate(join(root, 'plain'), signal)).rejects.toMatchObject({
      code: 'not_a_repository',
    });
  });

  it('never looks above the root', async () => {
    const above = new GitRepository({ root: folder, name: '.' });
    above.commit('above');

    await expect(locator.locate(root, signal)).rejects.toMatchObject({ code: 'not_a_repository' });
  });

  it.each([
    ['the folder', (): string => join(root, 'link')],
    ['something in it', (): string => join(root, 'link', 'secret.txt')],
    ['nothing', (): string => join(root, 'link', 'nowhere')],
  ])('follows a link out of the root to a refusal (%s)', async (_, path) => {
    symlinkSync(outside.path, join(root, 'link'));

    expect(await refusal(path())).toBe('path_not_allowed');
  });

  it('refuses a link to nowhere without saying so', async () => {
    symlinkSync(join(folder, 'nowhere'), join(root, 'dangling'));

    expect(await refusal(join(root, 'dangling'))).toBe('path_not_allowed');
  });

  it.each([
    [
      'a .git that is a link',
      (): void => symlinkSync(join(outside.path, '.git'), join(root, 'trap', '.git')),
    ],
    [
      'a .git that names another',
      (): void => writeFileSync(join(root, 'trap', '.git'), `gitdir: ${outside.path}/.git\n`),
    ],
  ])('refuses %s outside', async (_, make) => {
    mkdirSync(join(root, 'trap'));
    make();

    expect(await refusal(join(root, 'trap'))).toBe('path_not_allowed');
  });

  it.each([
    ['objects', 'objects'],
    ['refs', 'refs'],
    ['index', 'index'],
    ['config', 'config'],
    ['packed objects', 'objects/pack'],
  ])('refuses a repository whose %s lie outside', async (_, name) => {
    const path = join(repo.path, '.git', name);
    renameSync(path, join(folder, 'moved'));
    symlinkSync(join(folder, 'moved'), path);

    expect(await refusal(repo.path)).toBe('path_not_allowed');
  });

  it('refuses objects borrowed from outside, also at second hand', async () => {
    const lender = repo.clone('lender');
    borrow(repo, lender);
    expect(await locator.locate(repo.path, signal)).toMatchObject({ path: repo.path });
    borrow(lender, outside);

    expect(await refusal(repo.path)).toBe('path_not_allowed');
  });

  it.each([
    ['a folder of loose objects', 'objects/ab'],
    ['a pack', 'objects/pack/pack-1.pack'],
  ])('refuses %s that is a link out, its own and that of a lender', async (_what, path) => {
    expect(await locator.locate(repo.path, signal)).toMatchObject({ path: repo.path });
    symlinkSync(join(outside.path, '.git/objects'), repo.file(`.git/${path}`));
    expect(await refusal(repo.path)).toBe('path_not_allowed');
    const borrower = new GitRepository({ root, name: 'borrower' });
    borrow(borrower, repo);

    expect(await refusal(borrower.path)).toBe('path_not_allowed');
  });

  it('refuses a shared folder outside', async () => {
    const tree = join(root, 'tree');
    repo.git(['worktree', 'add', '--quiet', tree]);
    repo.write('.git/worktrees/tree/commondir', `${outside.path}/.git\n`);

    expect(await refusal(tree)).toBe('path_not_allowed');
  });

  it('refuses a work tree that the configuration puts elsewhere', async () => {
    repo.config('core.worktree', outside.path);

    await expect(locator.locate(repo.path, signal)).rejects.toMatchObject({
      code: 'untrusted_config',
      details: { keys: ['core.worktree'] },
    });
  });

  it('sees at once that a repository has changed', async () => {
    expect(await locator.locate(repo.path, signal)).toMatchObject({ bare: false });
    repo.git(['config', 'core.bare', 'true']);

    expect(await locator.locate(repo.path, signal)).toMatchObject({
      bare: true,
      path: join(repo.path, '.git'),
    });
  });

  it("does not enter git's own folder", async () => {
    expect(await refusal(join(repo.path, '.git'))).toBe('path_not_allowed');
    expect(await refusal(join(repo.path, '.git', 'objects'))).toBe('path_not_allowed');
  });

  describe('a place for a new one', () => {
    it('is a path that does not exist, or an empty folder', async () => {
      mkdirSync(join(root, 'empty'));

      expect(await locator.locateNew(join(root, 'new'), signal)).toBe(join(root, 'new'));
      expect(await locator.locateNew(join(root, 'empty'), signal)).toBe(join(root, 'empty'));
    });

    it('has its parent inside, and is no link', async () => {
      symlinkSync(outside.path, join(root, 'link'));
      symlinkSync(join(folder, 'nowhere'), join(root, 'dangling'));

      expect(await refusalOfNew(join(folder, 'new'))).toBe('path_not_allowed');
      expect(await refusalOfNew(`${root}/../new`)).toBe('path_not_allowed');
      expect(await refusalOfNew(join(root, 'link', 'new'))).toBe('path_not_allowed');
      expect(await refusalOfNew(join(root, 'dangling'))).toBe('path_not_allowed');
      expect(await refusalOfNew(join(root, 'no-parent', 'new'))).toBe('path_not_allowed');
    });

    it.each(['.git', '.GIT', '.git.', '.git ', 'git~1', '.git::$INDEX_ALLOCATION', '.g\u200cit'])(
      'is not called %j',
      async (name) => {
        expect(await refusalOfNew(join(repo.path, name))).toBe('path_not_allowed');
      },
    );

    it('is not inside a bare repository, where it could become its hooks', async () => {
      const bare = repo.cloneBare('bare.git');
      rmSync(join(bare.path, 'hooks'), { recursive: true });

      expect(await refusalOfNew(join(bare.path, 'hooks'))).toBe('path_not_allowed');
    });
  });
});
