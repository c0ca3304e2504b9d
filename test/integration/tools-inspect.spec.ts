import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

type Records = Record<string, unknown>[];

const ID = 'c0ffee'.padEnd(40, '0');

const lines = (text: string) => text.split('\n').filter(Boolean);

function edited(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}

function orRefused<T>(ask: () => T): T | 'refused' {
  try {
    return ask();
  } catch {
    return 'refused';
  }
}

describe('Reads of files, refs and history by the tools', () => {
  let repo: GitRepository;
  let bench: ToolBench;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
    repo.commitFiles('one', {
      'a.txt': 'one\ntwo foo\nthree\nfour\nFoo bar\n',
      'src/b.c': 'int foo;\n',
      'src/deep/c.bin': Buffer.from('foo\0foo\n'),
      'ünï/n:2': 'fool\n',
    });
  });

  afterAll(() => bench.close());

  const call = (name: string, args: object = {}) => bench.call(name, { repo_path: repo.path, ...args });
  const listFiles = async (which: string, paths: string[] = []) =>
    ((await call('git_ls_files', { which, paths })).structured['files'] as Records).map(({ path }) => path);
  const entries = async (args: object) =>
    ((await call('git_ls_tree', args)).structured['entries'] as Records).map(
      ({ sha, size, path }) => `${String(sha)} ${String(size ?? '-')}\t${String(path)}`,
    );
  const gitTree = (...args: string[]) =>
    lines(
      repo.git([
        '-c',
        'core.quotePath=false',
        'ls-tree',
        '--format=%(objectname) %(objectsize)%x09%(path)',
        ...args,
      ]),
    );
  const refs = async (patterns: string[]) =>
    ((await call('git_show_ref', { patterns })).structured['refs'] as Records).map(({ name }) => name);
  const describeIt = async (args: object) =>
    (await call('git_describe', args)).structured['description'] as string | null;
  const ask = async (question: string, commits: string[]) =>
    (await call('git_merge_base', { question, commits })).structured;

  it('git_ls_files lists each kind of file as git does', async () => {
    repo.write('.gitignore', '*.log\nout/\n').stage('.gitignore');
    repo.write('x.log', '').write('out/y', '').write('new.txt', '').write('a.txt', 'changed\n');
    rmSync(repo.file('src/b.c'));
    expect(await listFiles('tracked')).toEqual([
      '.gitignore',
      'a.txt',
      'src/b.c',
      'src/deep/c.bin',
      'ünï/n:2',
    ]);
    expect(await listFiles('tracked', ['src/deep', 'a.txt'])).toEqual(['a.txt', 'src/deep/c.bin']);
    expect(await listFiles('untracked')).toEqual(['new.txt']);
    expect(await listFiles('ignored')).toEqual(['out/', 'x.log']);
    expect(await listFiles('modified')).toEqual(['a.txt', 'src/b.c']);
    expect(await listFiles('deleted')).toEqual(['src/b.c']);
    expect(await listFiles('unmerged')).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['of version 4', () => repo.git(['update-index', '--index-version=4'])],
    ['that is split', () => repo.git(['update-index', '--split-index'])],
    ['with an intended file', () => repo.write('new', 'x').git(['add', '--intent-to-add', 'new'])],
    ['with a file that is skipped', () => repo.git(['update-index', '--skip-worktree', 'a.txt'])],
    ['with a file that is not looked at', () => repo.git(['update-index', '--assume-unchanged', 'a.txt'])],
    ['with an untracked cache', () => repo.git(['update-index', '--force-untracked-cache'])],
    [
      'with a repository within',
      () => repo.git(['update-index', '--add', '--cacheinfo', `160000,${ID},sub`]),
    ],
    ['that is not there', () => rmSync(repo.file('.git/index'))],
  ])('git_ls_files reads an index %s as git does', async (_, make) => {
    make();
    const { structured } = await call('git_ls_files');

    const files = (structured['files'] as Records).map(
      ({ mode, sha, path }) => `${String(mode)} ${String(sha)} 0\t${String(path)}`,
    );
    expect(files).toEqual(repo.git(['ls-files', '-z', '--stage']).split('\0').slice(0, -1));
  });

  it.each([
    ['is cut', (index: Buffer) => index.subarray(0, 150)],
    ['has more entries than it says', (index: Buffer) => edited(index, 11, 1)],
    ['has fewer entries than it says', (index: Buffer) => edited(index, 11, 9)],
    ['has a name that is longer than it says', (index: Buffer) => edited(index, 12 + 61, 3)],
    ['has its entries in another order', (index: Buffer) => edited(index, 12 + 62, 0x7a)],
  ])('git_ls_files leaves an index that %s to git', async (_, damage) => {
    writeFileSync(repo.file('.git/index'), damage(readFileSync(repo.file('.git/index'))));
    const found = await call('git_ls_files').then(
      ({ structured }) => (structured['files'] as Records).length,
      () => 'refused',
    );
    const byGit = () => repo.git(['ls-files', '-z', '--stage']).split('\0').slice(0, -1).length;

    expect(found).toBe(orRefused(byGit));
  });

  it('git_ls_files shows the stages of a conflict', async () => {
    repo.conflict('merge', 'file.txt');

    const { structured, text } = await call('git_ls_files', { which: 'unmerged' });

    expect(lines(text)).toEqual(lines(repo.git(['ls-files', '--unmerged'])));
    expect((structured['files'] as Records).map(({ stage }) => stage)).toEqual([1, 2, 3]);
  });

  describe('git_ls_tree', () => {
    it('lists what git lists, of one folder or of all', async () => {
      repo.write('run', '', 0o755);
      symlinkSync('a.txt', repo.file('link'));
      repo.commitFiles('more', {});

      expect(await entries({})).toEqual(gitTree('HEAD'));
      expect(await entries({ recursive: true })).toEqual(gitTree('-r', 'HEAD'));
      expect(await entries({ path: 'src' })).toEqual(gitTree('HEAD', 'src/'));
      expect(await entries({ path: 'src', recursive: true })).toEqual(gitTree('-r', 'HEAD', 'src/'));
      expect(await entries({ path: 'src/deep/c.bin' })).toEqual(gitTree('HEAD', 'src/deep/c.bin'));
      expect(await entries({ revision: 'HEAD:src' })).toEqual(gitTree('HEAD:src'));
      expect(await entries({ revision: 'HEAD~1', path: 'ünï' })).toEqual(gitTree('HEAD~1', 'ünï/'));
      expect((await call('git_ls_tree')).text).toBe('a.txt\nlink@\nrun*\nsrc/\nünï/');
    });

    it('says that there is no such path', async () => {
      await expect(call('git_ls_tree', { path: 'nowhere/at/all' })).rejects.toMatchObject({
        code: 'operation_failed',
        details: { reason: 'no-such-path' },
      });
      await expect(call('git_ls_tree', { path: '../x' })).rejects.toMatchObject({ code: 'path_not_allowed' });
    });
  });

  it('git_show_ref lists refs of all kinds, but for the operation log', async () => {
    repo.tag('light').git(['tag', '-a', '-m', 'x', 'v1']);
    repo.git(['symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/heads/main']);
    await call('git_tag', { action: 'create', name: 'logged' });
    expect(await refs([])).toEqual([
      'refs/heads/main',
      'refs/remotes/origin/HEAD',
      'refs/tags/light',
      'refs/tags/logged',
      'refs/tags/v1',
    ]);
    expect(await refs(['refs/tags/v*', 'refs/heads'])).toEqual(['refs/heads/main', 'refs/tags/v1']);
    expect(await refs(['refs/mcp-git'])).not.toEqual([]);
    const { structured } = await call('git_show_ref', { patterns: ['refs/tags/v1', 'refs/remotes'] });
    expect(structured).toMatchObject({
      head: { branch: 'main', head: repo.head() },
      refs: [
        { name: 'refs/remotes/origin/HEAD', target: 'refs/heads/main' },
        { name: 'refs/tags/v1', type: 'tag', sha: repo.revision('v1'), peeled: repo.head() },
      ],
    });
  });

  it('git_rev_parse says what names mean, and where the repository is', async () => {
    repo.commit('two');
    repo.git(['tag', '-a', '-m', 'x', 'v1']);
    repo.branch('v1');
    const revisions = [
      'HEAD',
      '@~1',
      'v1',
      'heads/v1',
      'HEAD:src',
      'HEAD^{tree}',
      ':/one',
      'nowhere',
      'a\nb',
    ];

    const { structured } = await call('git_rev_parse', { revisions });

    const objects = structured['objects'] as Records;
    const exact = revisions.slice(0, -2);
    expect(objects.map(({ sha }) => sha)).toEqual([
      ...exact.map((name) => repo.git(['rev-parse', name]).trim()),
      null,
      null,
    ]);
    expect(objects.map(({ type }) => type)).toEqual([
      ...exact.map((name) => repo.git(['cat-file', '-t', repo.revision(name)]).trim()),
      null,
      null,
    ]);
    expect(objects[2]).toMatchObject({ ref: 'refs/tags/v1' });
    expect(objects[3]).toMatchObject({ ref: 'refs/heads/v1' });
    expect(structured['repository']).toMatchObject({ top_level: repo.path, bare: false, shallow: false });
  });

  it('git_describe names commits as git does', async () => {
    expect(await describeIt({})).toBe(null);
    repo.git(['tag', '-a', '-m', 'x', 'v1']);
    const first = repo.head();
    repo.commit('two');
    repo.tag('light').commit('three');

    expect(await describeIt({})).toBe(repo.git(['describe', '--tags', '--abbrev=7']).trim());
    expect(await describeIt({ names: 'annotated' })).toBe(repo.git(['describe', '--abbrev=7']).trim());
    expect(await describeIt({ names: 'all' })).toBe(repo.git(['describe', '--all']).trim());
    expect(await describeIt({ abbrev: 0 })).toBe('light');
    expect(await describeIt({ match: 'v*' })).toMatch(/^v1-2-g/);
    expect(await describeIt({ exclude: 'l*' })).toMatch(/^v1-2-g/);
    expect(await describeIt({ revision: first })).toBe('v1');
    expect(await describeIt({ revision: first, contains: true, exclude: 'v1' })).toBe('light~1');
    for (const time of ['first', 'second'])
      expect([time, await describeIt({ revision: 'v1', contains: true, match: 'l*' })]).toEqual([
        time,
        'light~1',
      ]);
    expect((await call('git_describe', {})).structured).toMatchObject({ name: 'light', distance: 1 });
    await expect(describeIt({ revision: 'nowhere' })).rejects.toMatchObject({ code: 'revision_not_found' });
  });

  it('git_merge_base answers each question as git does', async () => {
    const root = repo.head();
    repo.branch('x').branch('y');
    const x = repo.checkout('x').commit('x');
    const y = repo.checkout('y').commit('y');
    repo.git(['merge', '--no-edit', '-q', 'x']);
    repo.checkout('x').git(['merge', '--no-edit', '-q', y]);
    repo.checkout('main').commit('m');
    expect(await ask('best', ['main', 'x'])).toEqual({ commits: [root] });
    expect((await ask('all', ['x', 'y']))['commits']).toEqual(
      lines(repo.git(['merge-base', '--all', 'x', 'y'])),
    );
    expect((await ask('all', ['x', 'y']))['commits']).toHaveLength(2);
    expect(await ask('octopus', ['main', 'x', 'y'])).toEqual({ commits: [root] });
    expect(await ask('independent', [x, 'x', root])).toEqual({ commits: [repo.revision('x')] });
    for (const [one, other] of [
      ['main', 'x'],
      ['x', 'y'],
      ['y', 'x'],
      [root, 'x'],
      ['x', root],
      ['x', 'x'],
    ] as const)
      expect(await ask('independent', [one, other])).toEqual({
        commits: lines(repo.git(['merge-base', '--independent', one, other])),
      });
    expect(await ask('is-ancestor', [x, 'y'])).toMatchObject({ is_ancestor: true });
    expect(await ask('is-ancestor', ['y', x])).toMatchObject({ is_ancestor: false });
    expect(await ask('fork-point', ['main', 'x'])).toEqual({
      commits: lines(repo.git(['merge-base', '--fork-point', 'main', 'x'])),
    });
    const joined = repo.git(['commit-tree', '-p', 'x', '-p', 'y', '-m', 'joined', 'y^{tree}']).trim();
    repo.branch('joined', joined).git(['branch', '--force', 'y', 'joined']);
    expect(await ask('all', ['x', 'y'])).toEqual({ commits: [repo.revision('x')] });
    await expect(ask('is-ancestor', ['x', 'y', 'main'])).rejects.toMatchObject({ code: 'validation_failed' });
    repo.git(['checkout', '--quiet', '--orphan', 'alone']);
    repo.commit('alone');
    expect(await ask('best', ['alone', 'main'])).toEqual({ commits: [] });
    expect(await ask('independent', ['alone', 'main'])).toEqual({
      commits: [repo.head(), repo.revision('main')],
    });
  });
});
