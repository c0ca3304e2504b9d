import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

type Structured = Record<string, unknown>;
type Hunk = {
  readonly sha: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly original_start: number;
  readonly original_path: string;
  readonly lines: string[];
};

const START = 1_700_000_000;
const JSON_FORM = { response_format: 'json', max_bytes: 2 ** 20 };
const block = (name: string) =>
  Array.from({ length: 6 }, (_, at) => `  ${name} line ${at} that is long enough to be found again`).join(
    '\n',
  );
const binary = Buffer.from([0, 1, 2, 255, 254, 10, 13, 0, 7]);

describe('Lines, contents and what changes together', () => {
  let bench: ToolBench;
  let repo: GitRepository;
  const shas: Record<string, string> = {};

  beforeAll(async () => {
    bench = await ToolBench.start();
    repo = new GitRepository({ root: bench.folder() });
    const commit = (subject: string, files: Record<string, string | Buffer | null>) => {
      const at = START + Object.keys(shas).length * 3_600;
      shas[subject] = repo.commitFiles(subject, files, at);
    };
    const code = (end: string) =>
      `function one() {\n${block('one')}\n}\n\nfunction two() {\n${block('two')}\n}\n${end}`;
    commit('first', {
      'a.js': code(''),
      'other.js': `${block('other')}\n`,
      'b.md': 'one\n',
      'empty.txt': '',
    });
    commit('second', { 'a.js': code('end\n'), 'b.md': 'two\n' });
    commit('formatted', { 'a.js': code('end\n').replaceAll('  one', '\tone') });
    commit('moved', {
      'a.js': `${block('two')}\n${code('end\n').replaceAll('  one', '\tone')}${block('other')}\n`,
    });
    commit('renamed', { 'a.js': null, 'lib/a.js': repo.read('a.js'), 'b.md': 'three\n' });
    commit('bytes', {
      'bytes.bin': binary,
      'latin.txt': Buffer.from('caf\xe9\nline\n', 'latin1'),
      'b.md': 'four\n',
    });
    commit('listed', {
      '.git-blame-ignore-revs': `# only forms\n${shas['formatted']} # so\n\n${'0'.repeat(40)}\n`,
    });
    commit('many', Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`many/${at}`, `${at}\n`])));
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
  const content = async (args: object) => (await json('git_cat_file', args))['content'];
  const shown = (spec: string) => repo.git(['show', spec]);
  const files = async (args: object) =>
    ((await json('git_co_change', args))['files'] as { path: string; count: number }[]).map(
      ({ path, count }) => `${count} ${path}`,
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

  describe('git_cat_file', () => {
    it('gives what the commit has, whatever the work tree holds', async () => {
      repo.write('b.md', 'changed\n');

      expect((await call('git_cat_file', { path: 'b.md' })).text).toBe('four\n');
      expect(await content({ path: 'a.js', revision: 'HEAD~5' })).toBe(shown('HEAD~5:a.js'));
      repo.git(['checkout', '--quiet', '--', 'b.md']);
    });

    it('gives lines and bytes of it, and says where they stand', async () => {
      const whole = shown('HEAD:lib/a.js');
      const lines = await json('git_cat_file', { path: 'lib/a.js', start_line: 3, end_line: 4 });
      const bytes = await json('git_cat_file', { path: 'lib/a.js', start_byte: 10, byte_count: 20 });

      expect(lines).toMatchObject({
        content: `${whole.split('\n').slice(2, 4).join('\n')}\n`,
        start_line: 3,
      });
      expect(bytes).toMatchObject({
        content: whole.slice(10, 30),
        start_byte: 10,
        end_byte: 30,
        truncated: false,
      });
      expect(await content({ path: 'lib/a.js', start_line: 1_000 })).toBe('');
    });

    it('describes what is binary, and gives its bytes as base64', async () => {
      const described = await call('git_cat_file', { path: 'bytes.bin' });
      const bytes = await json('git_cat_file', { path: 'bytes.bin', encoding: 'base64' });

      expect(described.text).toMatch(/^Binary file bytes\.bin: 9 bytes, blob [0-9a-f]{40}\. encoding base64/);
      expect(described.structured).toMatchObject({ binary: true, encoding: 'none', size: 9 });
      expect(Buffer.from(bytes['content'] as string, 'base64')).toEqual(binary);
    });

    it('says where text is no UTF-8', async () => {
      expect(await json('git_cat_file', { path: 'latin.txt' })).toMatchObject({
        content: 'caf\ufffd\nline\n',
        lossy: true,
        binary: false,
      });
    });

    it('reads a blob by its id, and only a blob', async () => {
      const blob = repo.revision('HEAD:b.md');

      expect(await content({ blob })).toBe('four\n');
      await expect(call('git_cat_file', { blob: repo.head() })).rejects.toMatchObject({
        code: 'revision_not_found',
      });
      await expect(call('git_cat_file', { blob, path: 'b.md' })).rejects.toMatchObject({
        code: 'validation_failed',
      });
    });

    it('gives ranges from the middle and the end of a file that is larger than what is kept', async () => {
      const other = new GitRepository({ root: bench.folder() });
      const huge = Array.from({ length: 60_000 }, (_, at) => `${String(at).padStart(60, '.')}\n`).join('');
      other.commitFiles('huge', { 'huge.txt': huge });
      const read = async (args: object) =>
        (await bench.call('git_cat_file', { repo_path: other.path, path: 'huge.txt', ...JSON_FORM, ...args }))
          .structured;

      expect(await read({ start_line: 50_000, end_line: 50_001 })).toMatchObject({
        content: huge.slice(49_999 * 61, 50_001 * 61),
        start_line: 50_000,
        truncated: false,
      });
      expect(await read({ start_byte: 59_999 * 61 })).toMatchObject({
        content: huge.slice(59_999 * 61),
        size: huge.length,
        truncated: false,
      });
      expect(await read({ start_byte: 0, byte_count: 10 })).toMatchObject({ end_byte: 10, truncated: false });
      expect(await read({})).toMatchObject({ truncated: true, next_cursor: expect.any(String) as unknown });
    });

    it('gives a long file in pages of whole lines, in text, JSON and base64', async () => {
      const other = new GitRepository({ root: bench.folder() });
      const long =
        Array.from({ length: 40_000 }, (_, at) => `"${at}" ä \\ line\n`).join('') + 'x'.repeat(50_000);
      other.commitFiles('long', { 'long.txt': long.repeat(2) });
      for (const form of [{}, { response_format: 'json' }, { encoding: 'base64', response_format: 'json' }]) {
        const parts: Buffer[] = [];
        let cursor: unknown;
        do {
          const args = { repo_path: other.path, path: 'long.txt', max_bytes: 200_000, ...form };
          const page = await bench.call('git_cat_file', { ...args, ...(cursor !== undefined && { cursor }) });
          const { content: json, next_cursor, encoding } = page.structured;
          const text = (json as string | undefined) ?? page.text.replace(/\n\[It goes on: .*\]$/, '');
          parts.push(Buffer.from(text, encoding === 'base64' ? 'base64' : 'utf8'));
          cursor = next_cursor;
        } while (cursor !== undefined);

        expect(Buffer.concat(parts).equals(Buffer.from(long.repeat(2)))).toBe(true);
        expect(parts.length).toBeGreaterThan(5);
      }
    });

    it.each([
      ['a folder', { path: 'lib' }, { details: { reason: 'is-folder' } }],
      ['a file that is not there', { path: 'nowhere' }, { details: { reason: 'no-such-path' } }],
      ['nothing to read', {}, { code: 'validation_failed' }],
      ['lines and bytes', { path: 'b.md', start_line: 1, start_byte: 1 }, { code: 'validation_failed' }],
      ['a path outside', { path: '../x' }, { code: 'path_not_allowed' }],
      ["git's own folder", { path: '.git/config' }, { code: 'path_not_allowed' }],
    ])('refuses %s', async (_, args, expected) => {
      await expect(call('git_cat_file', args)).rejects.toMatchObject(expected);
    });
  });

  describe('git_co_change', () => {
    it('counts the files of the commits that changed a file', async () => {
      expect(await files({ paths: ['b.md'] })).toEqual([
        '3 a.js',
        '1 bytes.bin',
        '1 empty.txt',
        '1 latin.txt',
        '1 lib/a.js',
        '1 other.js',
      ]);
      expect((await call('git_co_change', { paths: ['b.md'], min_count: 2 })).text).toBe(
        'Changed together with them in all 4 commits of theirs:\n3 (75 %) a.js',
      );
    });

    it('looks at so many commits, passes large ones over, and says so', async () => {
      expect(await json('git_co_change', { paths: ['b.md'], max_commits: 1 })).toMatchObject({
        commits: 1,
        more_commits: true,
        files: [
          { path: 'bytes.bin', count: 1, share: 100, last_commit: shas['bytes'] },
          { path: 'latin.txt' },
        ],
      });
      expect(await json('git_co_change', { paths: ['many/1'], max_files: 20 })).toMatchObject({
        commits: 0,
        passed_over: 1,
        files: [],
      });
      expect(await files({ paths: ['many'] })).toEqual([]);
    });

    it('goes on with a cursor', async () => {
      const first = await call('git_co_change', { paths: ['many/1'], max_bytes: 1_500 });
      const rest = await json('git_co_change', {
        paths: ['many/1'],
        cursor: first.structured['next_cursor'],
      });

      const names = [...(first.structured['files'] as []), ...(rest['files'] as [])];
      expect(names).toHaveLength(29);
    });
  });
});
