import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';
import { commitHistory } from './tools-history.harness.js';

type Structured = Record<string, unknown>;
type Hunk = {
  readonly sha: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly original_start: number;
  readonly original_path: string;
  readonly lines: string[];
};

const JSON_FORM = { response_format: 'json', max_bytes: 2 ** 20 };

describe('git_blame', () => {
  let bench: ToolBench;
  let repo: GitRepository;
  let shas: Readonly<Record<string, string>>;

  beforeAll(async () => {
    bench = await ToolBench.start();
    repo = new GitRepository({ root: bench.folder() });
    shas = commitHistory(repo);
  });
  afterAll(() => bench.close());

  const call = async (name: string, args: object) => bench.call(name, { repo_path: repo.path, ...args });
  const json = async (name: string, args: object): Promise<Structured> =>
    (await call(name, { ...JSON_FORM, ...args })).structured;

  /** `id original-line final-line path text` of every line, as git says it and as the tool does. */
  const own = (...args: readonly string[]) => {
    let path = '';
    let at = '';
    return repo
      .git(['blame', '--line-porcelain', ...args])
      .split('\n')
      .flatMap((line) => {
        if (/^[0-9a-f]{40} /.test(line)) at = line.split(' ').slice(0, 3).join(' ');
        if (line.startsWith('filename ')) path = line.slice('filename '.length);
        return line.startsWith('\t') ? [`${at} ${path} ${line.slice(1)}`] : [];
      });
  };
  const blamed = async (args: object) =>
    ((await json('git_blame', { path: 'lib/a.js', ...args }))['hunks'] as Hunk[]).flatMap((hunk) =>
      hunk.lines.map(
        (text, at) =>
          `${hunk.sha} ${hunk.original_start + at} ${hunk.start_line + at} ${hunk.original_path} ${text}`,
      ),
    );

  describe('git_blame', () => {
    it.each([
      ['the whole file', {}, ['HEAD', '--', 'lib/a.js']],
      ['a range', { start_line: 3, end_line: 9 }, ['-L3,9', 'HEAD', '--', 'lib/a.js']],
      ['a range without an end', { start_line: 20 }, ['-L20,', 'HEAD', '--', 'lib/a.js']],
      ['a function', { function_name: 'function two' }, ['-L:function two', 'HEAD', '--', 'lib/a.js']],
      ['an older commit', { revision: 'HEAD~4', path: 'a.js' }, ['HEAD~4', '--', 'a.js']],
      ['moved lines', { moves: true }, ['-M', 'HEAD', '--', 'lib/a.js']],
      ['lines copied within a commit', { copies: 'same-commit' }, ['-C', 'HEAD', '--', 'lib/a.js']],
      [
        'lines copied as it was created',
        { copies: 'creating-commit' },
        ['-C', '-C', 'HEAD', '--', 'lib/a.js'],
      ],
      ['lines copied from anywhere', { copies: 'any-commit' }, ['-C', '-C', '-C', 'HEAD', '--', 'lib/a.js']],
      ['white space', { ignore_whitespace: true }, ['-w', 'HEAD', '--', 'lib/a.js']],
      ['commits to ignore', { ignore_revs: ['HEAD~5'] }, ['--ignore-rev=HEAD~5', 'HEAD', '--', 'lib/a.js']],
      [
        'a file of commits to ignore',
        { ignore_revs_file: '.git-blame-ignore-revs' },
        ['--ignore-rev=HEAD~5', 'HEAD', '--', 'lib/a.js'],
      ],
      ['bytes that are no UTF-8', { path: 'latin.txt' }, ['HEAD', '--', 'latin.txt']],
    ])('finds for %s the commits that git finds', async (_, args, options) => {
      const expected = own(...options);

      expect(await blamed(args)).toEqual(expected);
      expect(expected.length).toBeGreaterThan(0);
    });

    it('names the author, the date and the number before each line, and hunks where it is to be concise', async () => {
      const { text, structured } = await call('git_blame', { path: 'b.md' });
      const concise = await call('git_blame', { path: 'b.md', verbosity: 'concise' });

      const sha = shas['bytes'] ?? '';
      expect(text).toBe(`${sha.slice(0, 7)} (Ada 2023-11-15 1) four`);
      expect(structured).toMatchObject({
        commit: repo.head(),
        hunks: [{ sha, start_line: 1, end_line: 1 }],
        commits: [{ sha, summary: 'bytes', boundary: false, author: { name: 'Ada' } }],
      });
      expect(concise.text).toBe(`1-1 ${sha.slice(0, 7)} (Ada 2023-11-15 bytes`);
    });

    it('goes on line by line with a cursor', async () => {
      const lines: string[] = [];
      let cursor: unknown;
      do {
        const page = await call('git_blame', {
          path: 'lib/a.js',
          max_bytes: 1_200,
          ...(cursor !== undefined && { cursor }),
        });
        lines.push(...page.text.split('\n').filter((line) => /^\^?[0-9a-f]{7} /.test(line)));
        cursor = page.structured['next_cursor'];
      } while (cursor !== undefined);

      expect(lines.map((line) => line.replace(/^.*?\d\) /, ''))).toEqual(
        repo.git(['show', 'HEAD:lib/a.js']).trimEnd().split('\n'),
      );
    });

    it('reads no file of revisions that the configuration names', async () => {
      const other = new GitRepository({ root: bench.folder() });
      other.commitFiles('one', { a: '1\n' });
      other.config('blame.ignoreRevsFile', '/etc/passwd').config('blame.ignoreRevsFile', '/dev/zero');

      const { text } = await bench.call('git_blame', { repo_path: other.path, path: 'a' });

      expect(text).toMatch(/ 1\) 1$/);
    });

    it.each([
      ['a file that is not there', { path: 'nowhere' }, { details: { reason: 'no-such-path' } }],
      ['a folder', { path: 'lib' }, { details: { reason: 'no-such-path' } }],
      ['lines beyond the end', { path: 'b.md', start_line: 9 }, { details: { reason: 'no-such-lines' } }],
      [
        'a function that is not there',
        { path: 'b.md', function_name: 'x' },
        { details: { reason: 'no-such-lines' } },
      ],
      [
        'a function and lines',
        { path: 'b.md', function_name: 'x', start_line: 1 },
        { code: 'validation_failed' },
      ],
      [
        'a list that is not there',
        { path: 'b.md', ignore_revs_file: 'x' },
        { details: { reason: 'no-such-path' } },
      ],
      [
        'a list that is none',
        { path: 'b.md', ignore_revs_file: 'lib/a.js' },
        { details: { reason: 'no-list-of-ids' } },
      ],
      ['a list outside', { path: 'b.md', ignore_revs_file: '/etc/passwd' }, { code: 'path_not_allowed' }],
      ['a path outside', { path: '../x' }, { code: 'path_not_allowed' }],
    ])('refuses %s', async (_, args, expected) => {
      await expect(call('git_blame', args)).rejects.toMatchObject(expected);
    });

    it('says that an empty file has no lines', async () => {
      expect((await call('git_blame', { path: 'empty.txt' })).text).toBe('The file is empty.');
    });
  });
});
