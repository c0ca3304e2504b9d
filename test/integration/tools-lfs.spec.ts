import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { LFS_CLEAN, lfsId, lfsPointer } from '../support/lfs-pointer.js';
import { ToolBench } from '../support/tool-bench.js';

describe('git_lfs', () => {
  let bench: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });
  afterAll(() => bench.close());

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
  });

  const lfs = (args: object) => bench.call('git_lfs', { repo_path: repo.path, ...args });
  const list = async (args: object = {}) => (await lfs({ action: 'list', ...args })).structured;
  const status = async () => (await lfs({ action: 'status' })).structured;
  const store = (content: string) => {
    const id = lfsId(content);
    const file = repo.file(`.git/lfs/objects/${id.slice(0, 2)}/${id.slice(2, 4)}/${id}`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  };

  describe('list', () => {
    it('tells of each file whether its content is here', async () => {
      const contents = {
        'a.bin': 'aaaa',
        'b.bin': 'bbbb',
        'c.bin': 'cccc',
        'dir/d.bin': 'dddd',
        'ü.bin': 'eeee',
      };
      const pointers = Object.entries(contents).map(([path, content]) => [path, lfsPointer(content)]);
      repo.commitFiles('one', { 'text.txt': 'text\n', ...(Object.fromEntries(pointers) as object) });
      repo.write('a.bin', contents['a.bin']).write('c.bin', 'something else');
      rmSync(repo.file('dir/d.bin'));
      store(contents['a.bin']);

      const { structured, text } = await lfs({ action: 'list' });

      const file = (path: keyof typeof contents, work_tree: string, stored: boolean) => ({
        path,
        oid: lfsId(contents[path]),
        size: 4,
        work_tree,
        stored,
      });
      expect(structured).toEqual({
        sha: repo.head(),
        files: [
          file('a.bin', 'content', true),
          file('b.bin', 'pointer', false),
          file('c.bin', 'other', false),
          file('dir/d.bin', 'absent', false),
          file('ü.bin', 'pointer', false),
        ],
        total: 5,
      });
      expect(text).toContain(`a.bin 4 bytes ${lfsId('aaaa').slice(0, 10)} content in the work tree, stored`);
    });

    it('is of the revision and the folder that were asked for, and goes on with a cursor', async () => {
      const many = Array.from({ length: 60 }, (_, index) => [
        `many/${String(index).padStart(2, '0')}.bin`,
        lfsPointer(`${index}`),
      ]);
      const before = repo.commitFiles('one', Object.fromEntries(many) as Record<string, string>);
      repo.commitFiles('two', { 'other/a.bin': lfsPointer('a'), 'many/00.bin': 'no pointer\n' });

      const paths: string[] = [];
      let cursor: unknown;
      do {
        const page = await list({
          revision: before,
          path: 'many',
          max_bytes: 2_000,
          ...(cursor !== undefined && { cursor }),
        });
        paths.push(...(page['files'] as { path: string }[]).map(({ path }) => path));
        cursor = page['next_cursor'];
      } while (cursor !== undefined);

      expect(paths).toEqual(many.map(([path]) => path));
      expect(await list()).toMatchObject({ total: 60 });
      expect(await list({ path: 'other' })).toMatchObject({ total: 1, files: [{ path: 'other/a.bin' }] });
    });

    it('needs no work tree', async () => {
      repo.commitFiles('one', { 'a.bin': lfsPointer('a') });
      const bare = repo.cloneBare();

      const { structured } = await bench.call('git_lfs', { repo_path: bare.path, action: 'list' });

      expect(structured['files']).toEqual([{ path: 'a.bin', oid: lfsId('a'), size: 1, stored: false }]);
    });

    it('says how many files a partial clone lacks', async () => {
      repo.commitFiles('one', { 'a.bin': lfsPointer('a'), 'b.txt': 'b\n' });
      const { path } = repo.clonePartial();

      const { structured } = await bench.call('git_lfs', { repo_path: path, action: 'list' });

      expect(structured).toMatchObject({ files: [], total: 0, missing: 2 });
    });

    it('follows no link, in the work tree or to a store', async () => {
      const outside = new GitRepository({ root: bench.folder() });
      outside
        .write('a.bin', 'aaaa')
        .write(`${lfsId('aaaa').slice(0, 2)}/${lfsId('aaaa').slice(2, 4)}/${lfsId('aaaa')}`, 'aaaa');
      repo.commitFiles('one', { 'a.bin': lfsPointer('aaaa'), 'dir/a.bin': lfsPointer('aaaa') });
      rmSync(repo.file('dir'), { recursive: true });
      rmSync(repo.file('a.bin'));
      symlinkSync(outside.path, repo.file('dir'));
      symlinkSync(outside.file('a.bin'), repo.file('a.bin'));
      mkdirSync(repo.file('.git/lfs'));
      symlinkSync(outside.path, repo.file('.git/lfs/objects'));

      expect(await list()).toMatchObject({
        files: [
          { path: 'a.bin', work_tree: 'other', stored: false },
          { path: 'dir/a.bin', work_tree: 'absent', stored: false },
        ],
      });
    });
  });

  describe('status', () => {
    it('names the patterns of all files of attributes', async () => {
      repo.commitFiles('one', {
        '.gitattributes': '# *.no filter=lfs\n*.bin filter=lfs -text\n*.txt text\n',
        'dir/.gitattributes': '"a b.dat" filter=lfs\n',
      });
      repo
        .write('new/.gitattributes', 'x filter=lfs\n')
        .write('.git/info/attributes', '\n*.own filter=lfs\n');

      expect((await status())['patterns']).toEqual([
        { pattern: '*.bin', file: '.gitattributes', line: 2 },
        { pattern: '"a b.dat"', file: 'dir/.gitattributes', line: 1 },
        { pattern: 'x', file: 'new/.gitattributes', line: 1 },
        { pattern: '*.own', file: 'info/attributes', line: 2 },
      ]);
    });

    it('tells which changed files would be committed whole', async () => {
      repo.commitFiles('one', {
        '.gitattributes': '*.bin filter=lfs\nkept.bin -filter\n',
        'gone.bin': lfsPointer('gone'),
        'changed.bin': lfsPointer('changed'),
        'same.bin': lfsPointer('same'),
      });
      repo.write('whole.bin', 'whole').write('kept.bin', 'kept').write('text.txt', 't\n');
      repo.write('pointer.bin', lfsPointer('pointer')).stage('pointer.bin', 'whole.bin', 'kept.bin');
      repo.write('pointer.bin', 'pointer').write('changed.bin', 'changed').write('new.bin', 'new');
      rmSync(repo.file('gone.bin'));

      expect(await status()).toMatchObject({
        changed: [
          { path: 'changed.bin', change: ['modified'], staged_as: 'pointer', work_tree: 'content' },
          { path: 'gone.bin', change: ['modified'], staged_as: 'pointer', work_tree: 'absent' },
          { path: 'new.bin', change: ['untracked'], staged_as: null, work_tree: 'content' },
          { path: 'pointer.bin', change: ['staged', 'modified'], staged_as: 'pointer', work_tree: 'content' },
          { path: 'whole.bin', change: ['staged'], staged_as: 'content', work_tree: 'content' },
        ],
        total: 5,
        filter_runs: false,
      });
    });
  });

  describe('in a trusted root', () => {
    let trusting: ToolBench;

    beforeAll(async () => {
      trusting = await ToolBench.start((config) => {
        config.git.trustedRoots = config.git.roots;
      });
    });
    afterAll(() => trusting.close());

    it.each([
      ['with a filter', true, 'pointer'],
      ['without one', false, 'content'],
    ])('tells %s what a staged file becomes', async (_what, configured, staged_as) => {
      const there = new GitRepository({ root: trusting.folder() });
      if (configured) there.config('filter.lfs.clean', LFS_CLEAN);
      const call = (name: string, args: object) => trusting.call(name, { repo_path: there.path, ...args });

      const { structured: tracked } = await call('git_lfs', { action: 'track', patterns: ['*.bin'] });
      there.write('a.bin', 'aaaa');
      await call('git_add', { files: ['a.bin'] });
      const { structured } = await call('git_lfs', { action: 'status' });

      expect([tracked['filter_runs'], structured['filter_runs']]).toEqual([configured, configured]);
      expect(structured['changed']).toEqual([
        { path: 'a.bin', change: ['staged'], staged_as, work_tree: 'content' },
      ]);
    });
  });
});
