import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

type Commit = {
  readonly sha: string;
  readonly message: string;
  readonly patch?: string;
  readonly graph?: string;
};

const HOUR = 3_600;
const START = 1_700_000_000;

const code = (one: string) => `int one(void)\n{\n\t${one}\n}\n\nint ns::two(int a)\n{\n\treturn a;\n}\n`;

describe('git_log', () => {
  let repo: GitRepository;
  let bench: ToolBench;

  beforeAll(async () => {
    bench = await ToolBench.start();
    repo = new GitRepository({ root: bench.folder() });
    repo.commitFiles('start (all of it)', { 'src/a.cpp': code('return 1;'), 'b.txt': 'b\n' }, START);
    repo.commitFiles('fix: ONE is eleven\n\nRefs a.b', { 'src/a.cpp': code('return 11;') }, START + HOUR);
    repo.branch('side');
    repo.commitFiles('moved', { 'src/a.cpp': null, 'lib/a.cpp': code('return 11;') }, START + 2 * HOUR);
    repo.checkout('side');
    const date = `@${START + 3 * HOUR} +0000`;
    repo.write('c.txt', 'needle\n').stage('c.txt');
    repo.git(['commit', '--quiet', '-m', 'by another'], {
      GIT_AUTHOR_NAME: 'Bob',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    });
    repo.checkout('main');
    repo.git(['merge', '--quiet', '--no-edit', 'side'], {
      GIT_AUTHOR_DATE: `@${START + 4 * HOUR} +0000`,
      GIT_COMMITTER_DATE: `@${START + 4 * HOUR} +0000`,
    });
    repo.commitFiles(
      'no needle',
      { 'c.txt': 'thread\n', 'lib/a.cpp': code('return 111;') },
      START + 5 * HOUR,
    );
    repo.branch('beside', 'HEAD~2');
    repo.tag('v1', 'HEAD~1');
    repo.git([
      'update-ref',
      'refs/mcp-git/hidden',
      repo.git(['commit-tree', '-m', 'hidden', 'HEAD^{tree}']).trim(),
    ]);
  });
  afterAll(() => bench.close());

  const log = (args: object) => bench.call('git_log', { repo_path: repo.path, max_count: 100, ...args });
  const commits = async (args: object) => (await log(args)).structured['commits'] as Commit[];
  const shas = async (args: object) => (await commits(args)).map(({ sha }) => sha);
  const own = (...args: readonly string[]) =>
    repo
      .git(['log', '--format=%H', '--no-patch', ...args])
      .split('\n')
      .filter(Boolean);

  it('follows a rename only where that is asked for, whatever the configuration prefers', async () => {
    const path = 'new.txt';
    const moved = new GitRepository({ root: bench.folder() });
    moved.commitFiles('made', { 'old.txt': 'text\n' });
    const sha = moved.commitFiles('moved', { 'old.txt': null, [path]: 'text\n' });
    moved.config('log.follow', 'true');

    const { structured } = await log({ repo_path: moved.path, paths: [path] });

    expect(structured['commits']).toMatchObject([{ sha }]);
    expect(structured['commits']).toHaveLength(1);
  });

  it.each([
    ['a revision', { revision: 'side' }, ['side']],
    ['a range', { revision: 'side..main' }, ['side..main']],
    ['a symmetric range', { revision: 'side...beside' }, ['side...beside']],
    ['all branches and tags', { all: true, revision: 'side' }, ['--branches', '--tags', '--remotes', 'side']],
    ['a path', { paths: ['b.txt'] }, ['--', 'b.txt']],
    ['a folder and a file', { paths: ['src', 'c.txt'] }, ['--', 'src', 'c.txt']],
    ['a file beyond its rename', { paths: ['lib/a.cpp'], follow: true }, ['--follow', '--', 'lib/a.cpp']],
    ['an author', { author: '^B.b <' }, ['-E', '--author=^B.b <']],
    ['an author by the end of a name', { author: 'ob ', max_count: 20 }, ['-E', '--author=ob ']],
    [
      'an author by what parts name and address',
      { author: ' ', fixed_strings: true, revision: 'side', max_count: 20 },
      ['-F', '--author= ', 'side'],
    ],
    ['a committer', { committer: 'Ada' }, ['--committer=Ada']],
    ['words of the message', { grep: '(eleven|moved)$' }, ['-E', '--grep=(eleven|moved)$']],
    ['a literal text of the message', { grep: '(all', fixed_strings: true }, ['-F', '--grep=(all']],
    ['words in any case', { grep: 'one', ignore_case: true }, ['-i', '--grep=one']],
    ['merges', { merges: 'only' }, ['--merges']],
    ['no merges', { merges: 'none' }, ['--no-merges']],
    ['first parents', { first_parent: true }, ['--first-parent']],
    ['a text that came or went', { pickaxe: 'needle' }, ['-Sneedle']],
    ['a text that looks like an option', { pickaxe: '--output=x' }, ['-S--output=x']],
    ['changed lines', { diff_grep: 'return 1+;' }, ['-Greturn 1+;']],
    ['lines', { paths: ['lib/a.cpp'], start_line: 3, end_line: 3 }, ['-L3,3:lib/a.cpp']],
    ['a function', { paths: ['lib/a.cpp'], function_name: 'one' }, ['-L:one:lib/a.cpp']],
    [
      'a function with colons',
      { paths: ['lib/a.cpp'], function_name: 'ns::two' },
      ['-L:ns\\:\\:two:lib/a.cpp'],
    ],
    ['a graph', { graph: true }, ['--graph', '--no-graph', '--topo-order']],
    ['all but the newest two', { skip: 2 }, ['--skip=2']],
    ['skipped searches', { skip: 1, diff_grep: 'return 1' }, ['-Greturn 1']],
    [
      'several at once',
      { author: 'Ada', merges: 'none', paths: ['src'] },
      ['--author=Ada', '--no-merges', '--', 'src'],
    ],
  ] as const)('finds the commits that git finds for %s', async (what, args, options) => {
    // Git counts what a search in changes passes over among what is skipped.
    const expected = what === 'skipped searches' ? own(...options).slice(1) : own(...options);

    expect(await shas(args)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(what === 'a text that looks like an option' ? -1 : 0);
  });

  it('keeps the operations of this server out of all branches and tags', async () => {
    const found = await commits({ all: true });

    expect(found.map(({ message }) => message)).not.toContain('hidden\n');
  });

  it('begins at the other branches where the one that is checked out has no commit yet', async () => {
    const other = new GitRepository({ root: bench.folder() });
    const sha = other.commit('one');
    other.git(['switch', '--quiet', '--orphan', 'empty']);
    const here = { repo_path: other.path };

    const { structured } = await bench.call('git_log', { ...here, all: true });

    expect(structured['commits']).toMatchObject([{ sha }]);
    await expect(bench.call('git_log', here)).rejects.toMatchObject({ code: 'revision_not_found' });
    await expect(bench.call('git_log', { ...here, all: true, revision: 'nowhere' })).rejects.toMatchObject({
      code: 'revision_not_found',
    });
  });

  it('shows lines with the patch of each commit as git does', async () => {
    const lines = { paths: ['lib/a.cpp'], start_line: 3, end_line: 3 };
    const [newest] = await commits({ ...lines, response_format: 'json' });
    const { text } = await log(lines);

    const patch = repo.git(['log', '-1', '--format=', '--full-index', '-L3,3:lib/a.cpp']).replace(/^\n/, '');
    expect(newest?.patch).toBe(patch);
    expect(text).toContain(`    no needle\n\n${patch.trimEnd()}`);
  });

  it('draws the graph of git', async () => {
    const { text } = await log({ graph: true });

    const drawn = repo.git(['log', '--graph', '--format=%h %s', '--abbrev=7']);
    expect(text.split('\n').map((line) => line.trimEnd())).toEqual(
      drawn
        .trimEnd()
        .split('\n')
        .map((line) => line.trimEnd()),
    );
  });

  it('is answered alike when it is asked again, in whatever forms it was asked between', async () => {
    const forms = [
      {},
      { layout: 'oneline' },
      { response_format: 'json' },
      { max_bytes: 1_000 },
      { max_count: 2 },
    ];
    const first: object[] = [];
    for (const form of forms) first.push(await log(form));

    const again: object[] = [];
    for (const form of forms.toReversed()) again.unshift(await log(form));

    expect(again).toEqual(first);
    expect(new Set(first.map((answer) => JSON.stringify(answer))).size).toBe(forms.length);
  });

  it('goes on by commit with a cursor until there are no more, for each way of asking', async () => {
    for (const args of [{}, { diff_grep: 'return' }, { graph: true }, { all: true, skip: 1 }]) {
      const all = await shas(args);
      const paged: string[] = [];
      let cursor: unknown;
      do {
        const { structured } = await log({ ...args, max_count: 2, ...(cursor !== undefined && { cursor }) });
        paged.push(...(structured['commits'] as Commit[]).map(({ sha }) => sha));
        cursor = structured['next_cursor'];
      } while (cursor !== undefined);

      expect(paged).toEqual(all);
    }
  });

  it('fits a page into max_bytes, and goes on after it', async () => {
    const { text, structured } = await log({ max_bytes: 1_000 });
    const shown = structured['commits'] as Commit[];
    const rest = await log({ max_bytes: 100_000, cursor: structured['next_cursor'] });

    expect(structured).toMatchObject({ truncated: true, omitted: own().length - shown.length });
    expect(text).toContain(`cursor ${String(structured['next_cursor'])}`);
    expect([...shown, ...(rest.structured['commits'] as Commit[])].map(({ sha }) => sha)).toEqual(own());
  });

  it('refuses a cursor of a history that has grown', async () => {
    const other = new GitRepository({ root: bench.folder() });
    for (const subject of ['one', 'two', 'three']) other.commit(subject);
    const here = { repo_path: other.path, max_count: 1 };
    const { structured } = await bench.call('git_log', here);
    other.commit('four');

    await expect(bench.call('git_log', { ...here, cursor: structured['next_cursor'] })).rejects.toMatchObject(
      {
        details: [{ constraint: 'cursorIsCurrent' }],
      },
    );
  });

  it.each([
    ['oneline', /^[0-9a-f]{7} no needle\n[0-9a-f]{7} Merge/],
    ['short', /^commit [0-9a-f]{40}\nAuthor: Ada <ada@example.org>\n\n {4}no needle\n\ncommit/],
    ['medium', /^commit [0-9a-f]{40}\nAuthor: Ada <ada@example.org>\nDate: {3}2023-/],
    ['fuller', /^commit [0-9a-f]{40}\nAuthor: {5}Ada .*\nAuthorDate: .*\nCommit: {5}Ada .*\nCommitDate: /],
  ])('is laid out %s', async (layout, expected) => {
    expect((await log({ layout })).text).toMatch(expected);
  });

  it('is one line a commit where it is to be concise, and says that messages are longer', async () => {
    const { text, structured } = await log({ verbosity: 'concise', grep: 'eleven' });

    expect(text).toMatch(/^[0-9a-f]{7} fix: ONE is eleven$/);
    expect(structured['commits']).toMatchObject([{ message: 'fix: ONE is eleven', message_truncated: true }]);
  });

  it.each([
    ['an expression that is none', { grep: '(' }, { code: 'validation_failed' }],
    ['changed lines by an expression that is none', { diff_grep: '(' }, { code: 'validation_failed' }],
    ['follow without a path', { follow: true }, { code: 'validation_failed' }],
    ['lines of two files', { paths: ['a', 'b'], start_line: 1 }, { code: 'validation_failed' }],
    [
      'lines that end before they begin',
      { paths: ['a'], start_line: 2, end_line: 1 },
      { code: 'validation_failed' },
    ],
    ['lines beside a pickaxe', { paths: ['a'], start_line: 2, pickaxe: 'a' }, { code: 'validation_failed' }],
    [
      'lines of a file that is not there',
      { paths: ['nowhere'], start_line: 1 },
      { details: { reason: 'no-such-path' } },
    ],
    [
      'lines beyond the end',
      { paths: ['b.txt'], start_line: 9, end_line: 9 },
      { details: { reason: 'no-such-lines' } },
    ],
    [
      'a function that is not there',
      { paths: ['lib/a.cpp'], function_name: 'nix' },
      { details: { reason: 'no-such-lines' } },
    ],
    ['a path outside', { paths: ['../x'] }, { code: 'path_not_allowed' }],
    ['a path in the git folder', { paths: ['.git/config'] }, { code: 'path_not_allowed' }],
    ['an option for a revision', { revision: '--output=x' }, { code: 'revision_not_found' }],
    ['options in a range', { revision: '--all..main' }, { code: 'revision_not_found' }],
  ])('refuses %s', async (_, args, expected) => {
    await expect(log(args)).rejects.toMatchObject(expected);
  });
});
