import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ODD_REPOSITORIES } from '../support/odd-repositories.js';
import { ToolBench } from '../support/tool-bench.js';

type Structured = Record<string, unknown>;

const WHOLE = { response_format: 'json', max_bytes: 2 ** 20 };
const FAILED = 'fails';

const lines = (text: string) => text.split('\n').filter((line) => line !== '');
const records = (text: string) => text.split('\0').filter((record) => record !== '');
const trees = (text: string) => records(text).map((record) => record.replace(/^\d+ \w+ (\w+)\t/, '$1 '));
/** The fields of each record of a list, one line each. */
const rows =
  (field: string, ...of: string[]) =>
  (structured: Structured) =>
    (structured[field] as Structured[]).map((record) =>
      of.map((name) => String(record[name] ?? 0)).join(' '),
    );

describe.each(ODD_REPOSITORIES)('In a repository with $title', ({ make }) => {
  let bench: ToolBench;
  let place: ReturnType<typeof make>;

  beforeAll(async () => {
    bench = await ToolBench.start();
    place = make(bench.folder());
  });
  afterAll(() => bench.close());

  /** What the tool says, or that it fails. */
  async function tool<T>(name: string, args: object, read: (structured: Structured) => T) {
    const called = bench.call(name, { repo_path: place.path, ...WHOLE, ...args });
    return called.then(
      ({ structured }) => read(structured),
      () => FAILED,
    );
  }

  /** What git says, or that it fails, too. */
  function git<T>(args: readonly string[], read: (output: string) => T): T | typeof FAILED {
    try {
      return read(place.git(args));
    } catch {
      return FAILED;
    }
  }

  it('the files of index, work tree and commits are those of git', async () => {
    const staged = await tool('git_ls_files', {}, rows('files', 'mode', 'sha', 'stage', 'path'));
    const untracked = await tool('git_ls_files', { which: 'untracked' }, rows('files', 'path'));
    const all = await tool('git_ls_tree', { recursive: true }, rows('entries', 'sha', 'path'));
    const folder = await tool('git_ls_tree', { path: 'src' }, rows('entries', 'sha', 'path'));

    expect(staged).toEqual(
      git(['ls-files', '-z', '--stage'], (text) => records(text).map((record) => record.replace('\t', ' '))),
    );
    expect(untracked).toEqual(git(['ls-files', '-z', '--others', '--exclude-standard'], records));
    expect(all).toEqual(git(['ls-tree', '-z', '-r', 'HEAD'], trees));
    expect(folder).toEqual(git(['ls-tree', '-z', 'HEAD', 'src/'], trees));
  });

  it.each([
    ['the work tree', {}, []],
    ['the index', { where: 'index' }, ['--cached']],
    ['a commit', { revision: 'HEAD' }, ['HEAD']],
  ])('a search in %s finds what git finds', async (_, args, options) => {
    const found = await tool(
      'git_grep',
      { pattern: 'return 1+', ...args },
      rows('lines', 'path', 'line', 'text'),
    );

    // Git fails, too, where it finds nothing.
    const expected = git(['grep', '-z', '-n', '-I', '-E', '-e', 'return 1+', ...options], (text) =>
      lines(text).map((line) =>
        line
          .replace(/^HEAD:/, '')
          .replaceAll('\0', ' ')
          .replace(/\r$/, ''),
      ),
    );
    expect(found).toEqual(expected === FAILED && Array.isArray(found) ? [] : expected);
  });

  it('refs, names and what commits have in common are those of git', async () => {
    const refs = await tool('git_show_ref', {}, rows('refs', 'sha', 'type', 'name'));
    const names = ['HEAD', 'HEAD~1', 'HEAD^{tree}', 'HEAD:src', 'nowhere'];
    const objects = await tool('git_rev_parse', { revisions: names }, (structured) =>
      (structured['objects'] as Structured[]).map(({ sha }) => sha ?? FAILED),
    );
    const base = await tool(
      'git_merge_base',
      { commits: ['HEAD', 'HEAD~1'], question: 'all' },
      (structured) => structured['commits'],
    );
    const reflog = await tool('git_reflog', {}, rows('entries', 'sha', 'message'));

    expect(refs).toEqual(git(['for-each-ref', '--format=%(objectname) %(objecttype) %(refname)'], lines));
    expect(objects).toEqual(names.map((name) => git(['rev-parse', '--verify', name], (text) => text.trim())));
    expect(base).toEqual(git(['merge-base', '--all', 'HEAD', 'HEAD~1'], lines));
    expect(reflog).toEqual(git(['reflog', 'show', '--format=%H %gs', 'HEAD'], lines));
  });

  it('who made what, what is missing and what a merge comes to is what git says', async () => {
    const authors = await tool('git_shortlog', {}, rows('contributors', 'commits', 'name'));
    const sound = await tool('git_fsck', {}, (structured) => structured['sound']);
    const merged = await tool('git_merge_tree', { ours: 'HEAD~1', theirs: 'HEAD' }, ({ tree, clean }) => [
      clean,
      tree,
    ]);
    const described = await tool('git_describe', { names: 'all' }, ({ name }) => name);
    const missing = await tool('git_cherry', { upstream: 'HEAD~1' }, rows('commits', 'sha', 'subject'));

    expect(authors).toEqual(
      git(['shortlog', '--summary', '--numbered', 'HEAD'], (text) =>
        lines(text).map((line) => line.trim().replace('\t', ' ')),
      ),
    );
    expect(sound).toBe(git(['fsck', '--full'], () => true) === true);
    // What was merged has the tree of the commit that is ahead; what changes is not known without both contents.
    const counted = git(['diff', '--numstat', '-M', 'HEAD~1', 'HEAD'], () => true);
    expect(merged).toEqual(
      counted === FAILED
        ? FAILED
        : git(['rev-parse', '--verify', 'HEAD^{tree}'], (text) => [true, text.trim()]),
    );
    expect(described).toEqual(
      git(['describe', '--all', '--long', 'HEAD'], (text) => text.trim().replace(/-\d+-g[0-9a-f]+$/, '')),
    );
    expect(missing).toEqual(
      git(['cherry', '-v', 'HEAD~1'], (text) => lines(text).map((line) => line.slice(2))),
    );
  });
});

it('what a partial clone lacks is said to be elsewhere, and not fetched', async () => {
  const bench = await ToolBench.start();
  const partial = ODD_REPOSITORIES.find(({ title }) => title.startsWith('a partial clone'));
  const place = partial?.make(bench.folder());
  const before = place?.git(['count-objects', '-v']);
  const called = (name: string, args: object) => bench.call(name, { repo_path: place?.path, ...args });

  for (const [name, args] of [
    ['git_merge_tree', { ours: 'HEAD~1', theirs: 'HEAD' }],
    ['git_grep', { pattern: 'return', revision: 'HEAD~2' }],
    ['git_shortlog', { churn: true }],
  ] as const)
    await expect(called(name, args)).rejects.toMatchObject({ details: { reason: 'partial-clone' } });

  expect(place?.git(['count-objects', '-v'])).toBe(before);
  await bench.close();
});
