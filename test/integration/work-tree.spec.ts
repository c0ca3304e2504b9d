import { readdirSync, symlinkSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Repository } from '../../src/git/repository.js';
import { MoveWriter } from '../../src/git/work-tree/move.writer.js';
import { PatchApplier } from '../../src/git/work-tree/patch.applier.js';
import { RemoveWriter } from '../../src/git/work-tree/remove.writer.js';
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

  const remove = (paths: string[], more: object = {}) =>
    services
      .get(RemoveWriter)
      .remove(here, { paths, cached: false, recursive: false, force: false, ...more }, signal);

  const move = (sources: string[], destination: string, force = false) =>
    services.get(MoveWriter).move(here, { sources, destination, force }, signal);

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
