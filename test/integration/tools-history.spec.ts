import { writeFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';
import { BINARY, commitHistory } from './tools-history.harness.js';

type Structured = Record<string, unknown>;

const JSON_FORM = { response_format: 'json', max_bytes: 2 ** 20 };

describe('Lines, contents and what changes together', () => {
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

  const content = async (args: object) => (await json('git_cat_file', args))['content'];
  const shown = (spec: string) => repo.git(['show', spec]);
  const files = async (args: object) =>
    ((await json('git_co_change', args))['files'] as { path: string; count: number }[]).map(
      ({ path, count }) => `${count} ${path}`,
    );

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
      expect(Buffer.from(bytes['content'] as string, 'base64')).toEqual(BINARY);
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

    it('tells names apart that read alike', async () => {
      const odd = new GitRepository({ root: bench.folder() });
      const name = (byte: number) => Buffer.concat([Buffer.from(`${odd.path}/`), Buffer.from([byte])]);
      odd.write('a', '1').git(['add', 'a']);
      for (const byte of [0xfe, 0xff]) writeFileSync(name(byte), '1');
      odd.commitFiles('both', {});
      writeFileSync(name(0xff), '2');
      odd.commitFiles('one of them', { a: '2' });

      const { structured } = await bench.call('git_co_change', { repo_path: odd.path, paths: ['a'] });
      expect((structured['files'] as { count: number }[]).map(({ count }) => count)).toEqual([2, 1]);
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
