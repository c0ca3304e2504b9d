import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Repository } from '../../src/git/repository.js';
import { type CleanRequest, CleanWriter } from '../../src/git/work-tree/clean.writer.js';
import { MoveWriter } from '../../src/git/work-tree/move.writer.js';
import { PatchApplier } from '../../src/git/work-tree/patch.applier.js';
import { RemoveWriter } from '../../src/git/work-tree/remove.writer.js';
import { RestoreWriter } from '../../src/git/work-tree/restore.writer.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';
import { NestedRepository } from '../support/nested-repository.js';

const signal = new AbortController().signal;
const ODD = ['-n', 'ünï\ncödé', 'a "b" \\c', ':(glob)*', '*', 'with space'];

const adding = (path: string) =>
  `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;

describe('Changing the work tree', () => {
  let repo: GitRepository;
  let services: GitServices;
  let here: Repository;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'a.txt': 'a\n', 'dir/b.txt': 'b\n', 'dir/c.txt': 'c\n' });
    services = await GitServices.start({ roots: [repo.root] });
    here = await services.locator.locate(repo.path, signal);
  });

  afterEach(async () => {
    await services.close();
    repo.remove();
  });

  const patchOf = (from: string, to: string) => repo.git(['diff', '--binary', from, to]);

  const restore = (paths: string[], more: { source?: string; staged?: boolean; worktree?: boolean } = {}) =>
    services
      .get(RestoreWriter)
      .restore(here, { paths, staged: false, worktree: more.staged !== true, ...more }, signal);

  const remove = (paths: string[], more: object = {}) =>
    services
      .get(RemoveWriter)
      .remove(here, { paths, cached: false, recursive: false, force: false, ...more }, signal);

  const move = (sources: string[], destination: string, force = false) =>
    services.get(MoveWriter).move(here, { sources, destination, force }, signal);

  describe('git_restore', () => {
    it('gives a file back the content that the index has', async () => {
      repo.write('a.txt', 'staged\n').stage('a.txt').write('a.txt', 'lost\n').write('dir/b.txt', 'kept\n');

      expect(await restore(['a.txt'])).toEqual({ staged: [], worktree: ['a.txt'] });
      expect(repo.status()).toBe('M  a.txt\n M dir/b.txt\n');
      expect(repo.read('a.txt')).toBe('staged\n');
    });

    it('unstages paths and leaves the work tree alone', async () => {
      repo.write('a.txt', '1').write('dir/b.txt', '2').write('new', '3').stage('.');

      expect(await restore(['dir', 'new'], { staged: true })).toEqual({
        staged: ['dir/b.txt', 'new'],
        worktree: [],
      });
      expect(repo.status()).toBe('M  a.txt\n M dir/b.txt\n?? new\n');
    });

    it('takes both from another commit, and removes what that one does not have', async () => {
      repo.commitFiles('two', { 'a.txt': 'two\n', 'dir/b.txt': null, 'dir/new': 'n' });

      const done = await restore(['.'], { source: 'HEAD~1', staged: true, worktree: true });

      expect(done.worktree.toSorted()).toEqual(['a.txt', 'dir/b.txt', 'dir/new']);
      expect(repo.git(['diff', 'HEAD~1', '--stat'])).toBe('');
      expect(repo.has('dir/new')).toBe(false);
    });

    it('unstages everything before the first commit', async () => {
      const young = new GitRepository({ root: repo.root, name: 'young' }).write('x', '1').stage('x');
      const there = await services.locator.locate(young.path, signal);
      const request = { paths: ['.'], staged: true, worktree: false };

      await services.get(RestoreWriter).restore(there, request, signal);

      expect(young.status()).toBe('?? x\n');
    });

    it('refuses what is in conflict, unless the source is named', async () => {
      repo.conflict('merge');

      await expect(restore(['.'])).rejects.toMatchObject({
        code: 'operation_failed',
        details: { reason: 'unmerged', paths: ['file.txt'] },
      });
      await restore(['file.txt'], { source: 'other' });
      expect(repo.read('file.txt')).toBe('other\n');
    });

    it.each([
      [['nowhere'], { code: 'operation_failed', details: { reason: 'no-such-file', paths: ['nowhere'] } }],
      [['../x'], { code: 'path_not_allowed' }],
      [['.git/config'], { code: 'path_not_allowed' }],
      [[], { details: { reason: 'nothing-given' } }],
    ])('refuses %j', async (paths, error) => {
      await expect(restore(paths)).rejects.toMatchObject(error);
    });

    it('takes odd names for what they are', async () => {
      repo.commitFiles('odd', Object.fromEntries(ODD.map((name) => [name, '1'])));
      for (const name of ODD) repo.write(name, '2');

      expect((await restore(['*'])).worktree).toEqual(['*']);
      expect((await restore(ODD)).worktree.toSorted()).toEqual(ODD.filter((name) => name !== '*').toSorted());
      expect(repo.status()).toBe('');
    });
  });

  describe('git_clean', () => {
    const request: CleanRequest = { paths: [], directories: false, ignored: 'keep', exclude: [] };
    const clean = (more: Partial<CleanRequest> = {}) =>
      services.get(CleanWriter).clean(here, { ...request, ...more }, signal);

    beforeEach(() => {
      repo.commitFiles('ignore', { '.gitignore': '*.log\n' });
      repo
        .write('x', '1')
        .write('new/y', '1')
        .write('dir/z', '1')
        .write('a.log', '1')
        .write('new/b.log', '1');
    });

    it.each<[Partial<CleanRequest>, string[]]>([
      [{}, ['dir/z', 'x']],
      [{ directories: true }, ['dir/z', 'new/y', 'x']],
      [{ directories: true, ignored: 'too' }, ['a.log', 'dir/z', 'new/', 'x']],
      [{ ignored: 'only' }, ['a.log', 'new/b.log']],
      [{ exclude: ['x'] }, ['dir/z']],
      [{ paths: ['new'] }, ['new/y']],
    ])('removes with %j what its plan says, and nothing else', async (more, removed) => {
      const plan = await services.get(CleanWriter).plan(here, { ...request, ...more }, signal);
      const before = repo.git(['ls-files', '-o']).split('\n');

      expect(await clean(more)).toEqual(plan);

      expect(plan.removed.toSorted()).toEqual(removed);
      const gone = before.filter((path) => path !== '' && !repo.has(path));
      expect(gone.filter((path) => !removed.some((name) => path.startsWith(name)))).toEqual([]);
      expect(removed.filter((name) => repo.has(name))).toEqual([]);
    });

    it('removes odd names, also those that are no UTF-8', async () => {
      for (const name of ODD) repo.write(name, '1');
      writeFileSync(Buffer.concat([Buffer.from(`${repo.path}/`), Buffer.from([0x62, 0xe9])]), 'x');

      const { removed } = await clean();

      expect(removed).toEqual(expect.arrayContaining([...ODD, 'b\ufffd']));
      expect(repo.status()).toBe('?? new/\n');
    });

    it('leaves repositories within alone, and says so', async () => {
      const nested = new NestedRepository(repo, { name: 'new/nested', track: false });

      const { removed, skipped } = await clean({ directories: true, ignored: 'too' });

      expect(skipped).toEqual(['new/nested']);
      expect(removed).not.toContain('new/');
      expect(repo.has('new/nested/in.txt')).toBe(true);
      expect(nested.wasRun).toBe(false);
    });

    it('removes a link, and nothing of what it points to', async () => {
      const outside = join(repo.root, 'outside');
      mkdirSync(outside);
      writeFileSync(join(outside, 'kept'), 'x');
      symlinkSync(outside, repo.file('link'));

      await expect(clean({ paths: ['link/kept'] })).rejects.toMatchObject({
        details: { reason: 'beyond-border', paths: ['link/kept'] },
      });
      await clean({ directories: true });

      expect(repo.has('link')).toBe(false);
      expect(readdirSync(outside)).toEqual(['kept']);
    });
  });

  describe('git_rm', () => {
    it('removes files from the index and the work tree', async () => {
      expect(await remove(['a.txt', 'dir'], { recursive: true })).toEqual([
        'a.txt',
        'dir/b.txt',
        'dir/c.txt',
      ]);
      expect(repo.status()).toBe('D  a.txt\nD  dir/b.txt\nD  dir/c.txt\n');
    });

    it('only forgets them where they are to stay', async () => {
      await remove(['a.txt'], { cached: true });

      expect(repo.status()).toBe('D  a.txt\n?? a.txt\n');
    });

    it.each([
      ['an unstaged change', () => repo.write('a.txt', 'x'), {}],
      ['a staged change', () => repo.write('a.txt', 'x').stage('a.txt'), {}],
      ['two changes', () => repo.write('a.txt', 'x').stage('a.txt').write('a.txt', 'y'), { cached: true }],
    ])('refuses to lose %s, unless forced', async (_, change, more) => {
      change();

      await expect(remove(['a.txt'], more)).rejects.toMatchObject({
        details: { reason: 'local-changes', paths: ['a.txt'] },
      });
      expect(await remove(['a.txt'], { ...more, force: true })).toEqual(['a.txt']);
    });

    it('resolves a conflict by removing the file, as git rm does', async () => {
      repo.conflict('merge');

      await remove(['file.txt']);

      expect(repo.status()).toBe('D  file.txt\n');
    });

    it('refuses a repository within, whose configuration git would obey', async () => {
      const nested = new NestedRepository(repo);

      for (const path of ['nested', '.'])
        await expect(remove([path], { recursive: true })).rejects.toMatchObject({
          details: { reason: 'is-a-submodule', paths: ['nested'] },
        });
      expect(nested.wasRun).toBe(false);
    });

    it.each([
      ['dir', 'is-a-folder'],
      ['nowhere', 'not-tracked'],
    ])('refuses %s (%s)', async (path, reason) => {
      await expect(remove([path])).rejects.toMatchObject({ details: { reason, paths: [path] } });
    });

    it('takes odd names for what they are', async () => {
      repo.commitFiles('odd', Object.fromEntries(ODD.map((name) => [name, '1'])));

      expect((await remove(ODD)).toSorted()).toEqual(ODD.toSorted());
      expect(repo.git(['ls-files'])).toBe('a.txt\ndir/b.txt\ndir/c.txt\n');
    });
  });

  describe('git_mv', () => {
    it.each([
      [['a.txt'], 'z.txt', [{ from: 'a.txt', to: 'z.txt' }], 'R  a.txt -> z.txt\n'],
      [['a.txt'], 'dir', [{ from: 'a.txt', to: 'dir/a.txt' }], 'R  a.txt -> dir/a.txt\n'],
      [['dir/b.txt'], '-n', [{ from: 'dir/b.txt', to: '-n' }], 'R  dir/b.txt -> -n\n'],
      [
        ['dir'],
        'other',
        [{ from: 'dir', to: 'other' }],
        'R  dir/b.txt -> other/b.txt\nR  dir/c.txt -> other/c.txt\n',
      ],
    ])('moves %j to %s', async (sources, destination, moved, status) => {
      expect(await move(sources, destination)).toEqual(moved);
      expect(repo.status()).toBe(status);
    });

    it('keeps what is not staged of a file that it moves', async () => {
      repo.write('a.txt', 'changed\n');

      await move(['a.txt'], 'z.txt');

      expect(repo.status()).toBe('RM a.txt -> z.txt\n');
    });

    it('overwrites a file only where it is told to', async () => {
      await expect(move(['a.txt'], 'dir/b.txt')).rejects.toMatchObject({
        details: { reason: 'exists', paths: ['dir/b.txt'] },
      });
      await move(['a.txt'], 'dir/b.txt', true);
      expect(repo.read('dir/b.txt')).toBe('a\n');
    });

    it.each([
      ['beyond a link', 'link/a.txt'],
      ['into a repository within', 'nested/a.txt'],
      ['to a repository within', 'nested'],
    ])('moves nothing %s', async (_, destination) => {
      const nested = new NestedRepository(repo, { track: false });
      symlinkSync('..', repo.file('link'));

      await expect(move(['a.txt'], destination)).rejects.toMatchObject({
        details: { reason: 'beyond-border' },
      });
      expect(nested.wasRun).toBe(false);
    });

    it.each([
      [['nowhere'], 'x', 'not-tracked'],
      [['a.txt'], 'no/such/x', 'no-such-folder'],
      [['a.txt', 'dir/b.txt'], 'x', 'no-such-folder'],
    ])('refuses %j to %s (%s)', async (sources, destination, reason) => {
      await expect(move(sources, destination)).rejects.toMatchObject({ details: { reason } });
    });

    it('leaves a file in conflict where it is', async () => {
      repo.conflict('merge');

      await expect(move(['file.txt'], 'x')).rejects.toMatchObject({ details: { reason: 'unmerged' } });
    });
  });

  describe('git_apply', () => {
    const request = { to: 'worktree', reverse: false, threeWay: false } as const;
    const apply = (patch: string | Buffer, more: object = {}) =>
      services.get(PatchApplier).apply(here, { ...request, patch, ...more }, signal);

    it.each([
      ['worktree', ' M a.txt\n?? new\n'],
      ['index', 'MM a.txt\nAD new\n'],
      ['both', 'M  a.txt\nA  new\n'],
    ])('applies to the %s', async (to, status) => {
      repo.commitFiles('two', { 'a.txt': 'two\n', new: 'n\n' });
      const patch = patchOf('HEAD~1', 'HEAD');
      repo.git(['reset', '--quiet', '--hard', 'HEAD~1']);

      expect(await apply(patch, { to })).toEqual([
        { path: 'a.txt', additions: 1, deletions: 1 },
        { path: 'new', additions: 1, deletions: 0 },
      ]);
      expect(repo.status()).toBe(status);
    });

    it('takes a patch back', async () => {
      repo.commitFiles('two', { 'a.txt': 'two\n' });

      await apply(patchOf('HEAD~1', 'HEAD'), { to: 'both', reverse: true });

      expect(repo.git(['diff', '--cached', 'HEAD~1'])).toBe('');
    });

    it('changes nothing where a part does not fit, and says which', async () => {
      repo.commitFiles('two', { 'a.txt': 'two\n', 'dir/b.txt': 'two\n' });
      const patch = patchOf('HEAD~1', 'HEAD');
      repo.commitFiles('three', { 'a.txt': 'a\n' });

      await expect(apply(patch)).rejects.toMatchObject({
        code: 'operation_failed',
        details: {
          reason: 'does-not-apply',
          rejected: expect.arrayContaining([{ path: 'dir/b.txt', line: 1 }]) as unknown,
        },
      });
      expect(repo.status()).toBe('');
    });

    it('merges by blobs where it is told to, and leaves conflicts', async () => {
      repo.diverge();
      const patch = patchOf('other~1', 'other');

      await expect(apply(patch, { threeWay: true })).rejects.toMatchObject({
        code: 'merge_conflict',
        details: { operation: 'apply', paths: ['file.txt'] },
      });
      expect(repo.status()).toBe('UU file.txt\n');
    });

    it.each([
      ['outside', '../x', { code: 'path_not_allowed' }],
      ["into git's folder", '.git/hooks/x', { code: 'path_not_allowed' }],
      ["into git's folder of a repository within", 'nested/.git/x', { code: 'path_not_allowed' }],
      ['into a repository within', 'nested/x', { details: { reason: 'beyond-border' } }],
      ['beyond a link', 'link/x', { details: { reason: 'beyond-border' } }],
    ])('writes nothing %s', async (_, path, error) => {
      const nested = new NestedRepository(repo, { track: false });
      symlinkSync('..', repo.file('link'));
      const before = readdirSync(repo.root);

      await expect(apply(adding(path))).rejects.toMatchObject(error);

      expect(readdirSync(repo.root)).toEqual(before);
      expect(nested.wasRun).toBe(false);
    });

    it('writes nothing through a link of its own', async () => {
      const link =
        'diff --git a/out b/out\nnew file mode 120000\n--- /dev/null\n+++ b/out\n@@ -0,0 +1 @@\n+..\n\\ No newline at end of file\n';

      await expect(apply(link + adding('out/x'))).rejects.toMatchObject({ code: 'operation_failed' });
      expect(repo.status()).toBe('');
    });

    it.each(['', 'no patch at all', 'diff --git'])('refuses %j, which is no patch', async (patch) => {
      await expect(apply(patch)).rejects.toMatchObject({ details: { reason: 'no-patch' } });
    });

    it('keeps line ends and bytes as the patch has them', async () => {
      repo.commitFiles('two', { 'crlf.txt': 'one\r\ntwo\r\n', bin: Buffer.from([0, 0xff, 10, 0xe9]) });
      const patch = patchOf('HEAD~1', 'HEAD');
      repo.git(['reset', '--quiet', '--hard', 'HEAD~1']);

      await apply(patch, { to: 'both' });

      expect(repo.git(['write-tree']).trim()).toBe(repo.revision('ORIG_HEAD^{tree}'));
    });
  });
});
