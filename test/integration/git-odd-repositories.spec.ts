import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FILE, ODD_REPOSITORIES } from '../support/odd-repositories.js';
import { ToolBench } from '../support/tool-bench.js';

/** What git prints in the form that the tools promise. */
const PATCH = ['--no-color', '--full-index', '-M', '--submodule=short', '--no-textconv', '--no-ext-diff'];
const JSON_FORM = { response_format: 'json', max_bytes: 2 ** 20 };
const COPIES = ['-C', '--find-copies-harder'];
const FAILED = 'fails';

const lines = (text: string) => text.split('\n').filter((line) => line !== '');
const shasOf = (structured: Record<string, unknown>) =>
  (structured['commits'] as { sha: string }[]).map(({ sha }) => sha);

describe.each(ODD_REPOSITORIES)('In a repository with $title', ({ make }) => {
  let bench: ToolBench;
  let place: ReturnType<typeof make>;

  beforeAll(async () => {
    bench = await ToolBench.start();
    place = make(bench.folder());
  });
  afterAll(() => bench.close());

  /** What the tool says, or that it fails. */
  async function tool<T>(
    name: string,
    args: object,
    read: (structured: Record<string, unknown>) => T,
  ): Promise<T | typeof FAILED> {
    const called = bench.call(name, { repo_path: place.path, ...JSON_FORM, ...args });
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

  it('the history is that of git', async () => {
    const shas = await tool('git_log', { max_count: 100 }, shasOf);

    expect(shas).toEqual(git(['log', '--format=%H'], lines));
  });

  it.each([
    ['text that came or went', { pickaxe: 'return 11' }, ['-Sreturn 11']],
    ['changed lines', { diff_grep: 'return 2+' }, ['-Greturn 2+']],
    ['a file beyond renames', { paths: ['next.txt'], follow: true }, ['--follow', '--', 'next.txt']],
    ['a function', { paths: [FILE], function_name: 'two' }, ['--no-patch', `-L:two:${FILE}`]],
    ['lines', { paths: [FILE], start_line: 3, end_line: 4 }, ['--no-patch', `-L3,4:${FILE}`]],
    ['a graph', { graph: true }, ['--topo-order']],
  ])('a history of %s is that of git, or is none without what git needs', async (_, args, options) => {
    const shas = await tool('git_log', { max_count: 100, ...args }, shasOf);

    expect(shas).toEqual(git(['log', '--format=%H', ...options], lines));
  });

  it('a commit and a comparison of commits have the patch that git prints', async () => {
    const shown = await tool(
      'git_show',
      { revision: 'HEAD' },
      ({ diff }) => (diff as { patch: string }).patch,
    );
    const compared = await tool('git_diff', { target: 'HEAD~1..HEAD' }, ({ patch }) => patch);

    expect(shown).toEqual(git(['show', '--format=', ...PATCH, 'HEAD'], String));
    expect(compared).toEqual(git(['diff', ...PATCH, 'HEAD~1', 'HEAD'], String));
  });

  it.each([
    ['what is staged', 'git_diff_staged', {}, ['--cached']],
    ['what is not staged', 'git_diff_unstaged', {}, []],
    ['the work tree', 'git_diff', { target: 'HEAD~1' }, ['HEAD~1']],
    ['some paths of it', 'git_diff', { target: 'HEAD~1', paths: ['src'] }, ['HEAD~1', '--', 'src']],
    ['branches', 'git_diff_branches', { base_branch: 'HEAD~1', compare_branch: 'HEAD' }, ['HEAD~1...HEAD']],
    [
      'white space',
      'git_diff',
      { target: 'HEAD~1..HEAD', whitespace: 'ignore-all' },
      ['-w', 'HEAD~1', 'HEAD'],
    ],
    ['copies', 'git_diff', { target: 'HEAD~1..HEAD', renames: 'copies' }, [...COPIES, 'HEAD~1', 'HEAD']],
  ])('a comparison of %s is that of git', async (_, name, args, options) => {
    const patch = await tool(name, args, (structured) => structured['patch']);

    // In a bare repository git compares HEAD with an index that is not there, which says nothing.
    const isNonsense = place.bare && name === 'git_diff_staged';
    expect(patch).toEqual(isNonsense ? FAILED : git(['diff', ...PATCH, ...options], String));
  });

  it('a file at a commit is that of git, line by line and as a whole', async () => {
    const whole = await tool('git_cat_file', { path: FILE, revision: 'HEAD~1' }, ({ content }) => content);
    const part = await tool(
      'git_cat_file',
      { path: FILE, start_line: 2, end_line: 2 },
      ({ content }) => content,
    );

    expect(whole).toEqual(git(['show', `HEAD~1:${FILE}`], String));
    expect(part).toEqual(git(['show', `HEAD:${FILE}`], (text) => `${text.split('\n')[1]}\n`));
  });

  it('each line comes from the commit that git names', async () => {
    const blamed = await tool('git_blame', { path: FILE, moves: true }, ({ hunks }) =>
      (hunks as { sha: string; lines: string[] }[]).flatMap(({ sha, lines: all }) => all.map(() => sha)),
    );

    const porcelain = ['blame', '--line-porcelain', '-M', 'HEAD', '--', FILE];
    expect(blamed).toEqual(
      git(porcelain, (text) => [...text.matchAll(/^([0-9a-f]{40,}) /gm)].map(([, sha]) => sha)),
    );
  });

  it('as many commits changed a file as git counts', async () => {
    const counted = await tool('git_co_change', { paths: [FILE] }, ({ commits }) => commits);

    expect(counted).toEqual(git(['rev-list', '--count', '--no-merges', 'HEAD', '--', FILE], Number));
  });
});
