import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Repository } from '../../src/git/repository.js';
import { type CleanRequest, CleanWriter } from '../../src/git/work-tree/clean.writer.js';
import { RestoreWriter } from '../../src/git/work-tree/restore.writer.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';
import { NestedRepository } from '../support/nested-repository.js';

const signal = new AbortController().signal;
const ODD = ['-n', 'ünï\ncödé', 'a "b" \\c', ':(glob)*', '*', 'with space'];

describe('Changing the contents of the work tree', () => {
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

  const restore = (paths: string[], more: { source?: string; staged?: boolean; worktree?: boolean } = {}) =>
    services
      .get(RestoreWriter)
      .restore(here, { paths, staged: false, worktree: more.staged !== true, ...more }, signal);

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
});
