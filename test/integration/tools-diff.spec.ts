import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

const JSON_FORM = { response_format: 'json', max_bytes: 2 ** 20 };
const START = 1_700_000_000;
const long = (name: string) => Array.from({ length: 20 }, (_, at) => `${name} ${at}\n`).join('');
const FORM = ['--no-color', '--full-index', '-M'];

describe('Comparisons', () => {
  let bench: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    bench = await ToolBench.start();
    repo = new GitRepository({ root: bench.folder() });
    repo.commitFiles(
      'base',
      {
        'a.txt': 'one two three\n  indented\n\nlast\n',
        'crlf.txt': 'x\ny\n',
        'old.txt': long('moved'),
        'kept.txt': long('copied'),
        'sub/b.c': 'void f()\n{\n\ta();\n}\n\nvoid g()\n{\n\tb();\n}\n',
        'package-lock.json': '{ "a": 1 }\n',
        'wéb/yarn.lock': 'a\n',
      },
      START,
    );
    repo.branch('topic');
    repo.commitFiles(
      'changed',
      {
        'a.txt': 'one 2 three\nindented\n\n\nlast  \n',
        'crlf.txt': 'x\r\ny\r\n',
        'old.txt': null,
        'new.txt': `${long('moved')}more\n`,
        'copy.txt': long('copied'),
        'sub/b.c': 'void g()\n{\n\tb();\n}\n\nvoid f()\n{\n\ta();\n}\n',
        'package-lock.json': '{ "a": 2 }\n',
        'wéb/yarn.lock': 'b\n',
      },
      START + 60,
    );
    repo.checkout('topic');
    repo.commitFiles('on topic', { 'topic.txt': 't\n' }, START + 120);
    repo.checkout('main');
  });
  afterAll(() => bench.close());

  const call = (name: string, args: object) => bench.call(name, { repo_path: repo.path, ...args });
  const patchOf = async (name: string, args: object) =>
    (await call(name, { ...JSON_FORM, lock_files: true, ...args })).structured['patch'];
  const own = (...args: readonly string[]) =>
    repo.git(['-c', 'core.quotePath=false', 'diff', ...FORM, ...args]);

  it.each([
    ['two dots', { target: 'topic..main' }, ['topic..main']],
    ['three dots', { target: 'topic...main' }, ['topic...main']],
    ['paths', { target: 'HEAD~1..HEAD', paths: ['sub', 'a.txt'] }, ['HEAD~1', 'HEAD', '--', 'sub', 'a.txt']],
    ['any white space', { target: 'HEAD~1..HEAD', whitespace: 'ignore-all' }, ['-w', 'HEAD~1', 'HEAD']],
    [
      'changed white space',
      { target: 'HEAD~1..HEAD', whitespace: 'ignore-change' },
      ['-b', 'HEAD~1', 'HEAD'],
    ],
    [
      'white space at the end',
      { target: 'HEAD~1..HEAD', whitespace: 'ignore-at-eol' },
      ['--ignore-space-at-eol', 'HEAD~1', 'HEAD'],
    ],
    [
      'ends of lines',
      { target: 'HEAD~1..HEAD', whitespace: 'ignore-cr-at-eol' },
      ['--ignore-cr-at-eol', 'HEAD~1', 'HEAD'],
    ],
    [
      'blank lines',
      { target: 'HEAD~1..HEAD', ignore_blank_lines: true },
      ['--ignore-blank-lines', 'HEAD~1', 'HEAD'],
    ],
    ['no renames', { target: 'HEAD~1..HEAD', renames: 'off' }, ['--no-renames', 'HEAD~1', 'HEAD']],
    [
      'copies',
      { target: 'HEAD~1..HEAD', renames: 'copies' },
      ['-C', '--find-copies-harder', 'HEAD~1', 'HEAD'],
    ],
    ['only exact renames', { target: 'HEAD~1..HEAD', similarity: 100 }, ['-M100%', 'HEAD~1', 'HEAD']],
    [
      'the patience algorithm',
      { target: 'HEAD~1..HEAD', algorithm: 'patience' },
      ['--patience', 'HEAD~1', 'HEAD'],
    ],
    [
      'the histogram algorithm',
      { target: 'HEAD~1..HEAD', algorithm: 'histogram' },
      ['--histogram', 'HEAD~1', 'HEAD'],
    ],
    [
      'the minimal algorithm',
      { target: 'HEAD~1..HEAD', algorithm: 'minimal' },
      ['--minimal', 'HEAD~1', 'HEAD'],
    ],
    [
      'other context',
      { target: 'HEAD~1..HEAD', context_lines: 0, algorithm: 'patience' },
      ['-U0', '--patience', 'HEAD~1', 'HEAD'],
    ],
  ])('by git_diff with %s have the patch that git prints', async (_, args, options) => {
    const expected = own(...options);

    expect(await patchOf('git_diff', args)).toBe(expected);
    expect(expected).not.toBe('');
  });

  it('mark words as git marks them, each line behind a blank', async () => {
    const patch = (await patchOf('git_diff', { target: 'HEAD~1..HEAD', word_diff: true })) as string;

    const expected = own('--word-diff=plain', 'HEAD~1', 'HEAD').split('\n');
    let isHunk = false;
    const shown = patch.split('\n').map((line) => {
      if (line.startsWith('diff ')) isHunk = false;
      const content = isHunk && line.startsWith(' ') ? line.slice(1) : line;
      if (line.startsWith('@@ ')) isHunk = true;
      return content;
    });
    expect(shown).toEqual(expected);
    expect(patch).toContain(' one [-two-]{+2+} three\n');
  });

  it('of branches go from where they forked, or from the base itself', async () => {
    const branches = { base_branch: 'topic', compare_branch: 'main' };

    expect(await patchOf('git_diff_branches', branches)).toBe(own('topic...main'));
    expect(await patchOf('git_diff_branches', { ...branches, from: 'base' })).toBe(own('topic..main'));
  });

  it('show which files changed without a patch, with counts, by name or by status', async () => {
    const range = { target: 'HEAD~1..HEAD' };

    const names = await call('git_diff', { ...range, output: 'name-only' });
    const states = await call('git_diff', { ...range, output: 'name-status', renames: 'copies' });
    const stat = await call('git_diff', { ...range, output: 'stat' });

    expect(names.text).toBe(own('--name-only', 'HEAD~1', 'HEAD').trimEnd());
    expect(states.text.replaceAll(/^([RC])\t/gm, '$1\t')).toBe(
      own('--name-status', '-C', '--find-copies-harder', 'HEAD~1', 'HEAD')
        .trimEnd()
        .replaceAll(/^([RC])\d+/gm, '$1'),
    );
    const [, files, added, deleted] =
      /(\d+) files changed, (\d+) insertions\(\+\), (\d+) deletions/.exec(
        own('--shortstat', 'HEAD~1', 'HEAD'),
      ) ?? [];
    expect(stat.text.split('\n').at(-1)).toBe(`${files} files changed, +${added} -${deleted}`);
    expect(stat.structured).toMatchObject({ truncated: false, files: expect.any(Array) as unknown });
    expect(stat.structured['patch']).toBeUndefined();
  });

  it('leave out the patches of lock files and say so, unless they are asked for', async () => {
    const range = { target: 'HEAD~1..HEAD' };
    const without = await call('git_diff', range);
    const named = await call('git_diff', { ...range, paths: ['package-lock.json'] });
    const alone = await call('git_diff', { ...range, paths: ['wéb'] });
    const shown = await call('git_show', { revision: 'HEAD' });
    const all = await call('git_diff', { ...range, lock_files: true });

    const leftOut = ['package-lock.json', 'wéb/yarn.lock'];
    expect(without.structured).toMatchObject({ left_out: leftOut });
    expect((without.structured['files'] as { path: string }[]).map(({ path }) => path)).toEqual(
      expect.arrayContaining(leftOut),
    );
    expect(without.text).not.toContain('diff --git a/package-lock.json');
    expect(without.text).toMatch(
      /\[Left out, lock_files shows it: the patch of package-lock\.json, wéb\/yarn\.lock\]$/,
    );
    expect(named.text).toContain('+{ "a": 2 }');
    expect(alone.text).toBe('[Left out, lock_files shows it: the patch of wéb/yarn.lock]');
    expect(shown.structured).toMatchObject({ diff: { left_out: leftOut } });
    expect(all.structured['left_out']).toBeUndefined();
    expect(all.text.trimEnd()).toBe(own('HEAD~1', 'HEAD').trimEnd());
  });

  it('show what a huge lock file before it would push out', async () => {
    const other = new GitRepository({ root: bench.folder() });
    const huge = Array.from({ length: 40_000 }, (_, at) => `{ "package ${at}": "1.0.${at}" }\n`).join('');
    other.commit('empty');
    other.commitFiles('all at once', { 'package-lock.json': huge, 'z.txt': 'wanted\n' });
    const options = { repo_path: other.path, max_bytes: 5_000 };

    const shown = await bench.call('git_show', { ...options, revision: 'HEAD' });
    const compared = await bench.call('git_diff', { ...options, target: 'HEAD~1..HEAD' });

    for (const { text } of [shown, compared]) {
      expect(text).toContain('+wanted\n');
      expect(text).toMatch(/\[Left out, lock_files shows it: the patch of package-lock\.json\]$/);
    }
    expect(compared.structured).toMatchObject({
      truncated: false,
      files: [{ path: 'package-lock.json', additions: 40_000 }, { path: 'z.txt' }],
    });
  });

  it('of one commit take the same options, whatever else it changed', async () => {
    const show = async (args: object) =>
      (
        (await call('git_show', { revision: 'HEAD', ...JSON_FORM, ...args })).structured['diff'] as {
          patch: string;
        }
      ).patch;
    const ownShow = (...args: readonly string[]) => repo.git(['show', '--format=', ...FORM, ...args]);

    expect(await show({ paths: ['a.txt'], whitespace: 'ignore-all' })).toBe(
      ownShow('-w', 'HEAD', '--', 'a.txt'),
    );
    expect(await show({ context_lines: 1, paths: ['sub'] })).toBe(ownShow('-U1', 'HEAD', '--', 'sub'));
    const none = await call('git_show', { revision: 'HEAD', paths: ['topic.txt'] });
    expect(none.text).toMatch(/ {4}changed\n\nNo changes\.$/);
    expect(none.structured).toMatchObject({
      commit: { sha: repo.head(), parents: [repo.revision('HEAD~1')] },
    });
  });

  it('of index and work tree take the same options, conflicts included', async () => {
    const other = new GitRepository({ root: bench.folder() });
    other.commitFiles('one', { 'a.txt': 'a b\nc\n', 'b.txt': 'b\n' });
    other
      .write('a.txt', 'a  b\nd\n')
      .write('b.txt', 'c\n')
      .stage('a.txt', 'b.txt')
      .write('a.txt', 'a b c\nd\n');
    const git = (...args: readonly string[]) => other.git(['diff', ...FORM, ...args]);
    const patch = async (name: string, args: object) =>
      (await bench.call(name, { repo_path: other.path, ...JSON_FORM, ...args })).structured['patch'];

    expect(await patch('git_diff_staged', { whitespace: 'ignore-all', paths: ['a.txt'] })).toBe(
      git('--cached', '-w', '--', 'a.txt'),
    );
    expect(await patch('git_diff_unstaged', { paths: ['b.txt'] })).toBe('');
    expect(await patch('git_diff_unstaged', { algorithm: 'patience', context_lines: 0 })).toBe(
      git('-U0', '--patience'),
    );
    expect(await patch('git_diff', { target: 'HEAD', paths: ['b.txt'] })).toBe(git('HEAD', '--', 'b.txt'));

    const stuck = new GitRepository({ root: bench.folder() });
    stuck.conflict('merge');
    const unmerged = await bench.call('git_diff_unstaged', { repo_path: stuck.path, output: 'name-status' });
    expect(unmerged.text).toBe(stuck.git(['diff', '--name-status']).trimEnd());
  });

  it('refuse paths that leave the repository', async () => {
    for (const path of ['../x', '/etc/passwd', '.git/config'])
      await expect(call('git_diff', { target: 'HEAD', paths: [path] })).rejects.toMatchObject({
        code: 'path_not_allowed',
      });
  });

  it('in long lists of files go on with a cursor', async () => {
    const other = new GitRepository({ root: bench.folder() });
    other.commit('empty');
    other.commitFiles(
      'many',
      Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`folder/file-${at}.txt`, 'x\n'])),
    );
    const args = { repo_path: other.path, revision: 'HEAD', output: 'name-only', max_bytes: 3_000 };
    const names: string[] = [];
    let cursor: unknown;
    do {
      const page = await bench.call('git_show', { ...args, ...(cursor !== undefined && { cursor }) });
      names.push(...(page.structured['diff'] as { files: { path: string }[] }).files.map(({ path }) => path));
      cursor = page.structured['next_cursor'];
    } while (cursor !== undefined);

    expect(names).toHaveLength(60);
    expect(new Set(names).size).toBe(60);
  });
});
