import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

type Records = Record<string, unknown>[];

const lines = (text: string) => text.split('\n').filter(Boolean);

/** Beside three lines of interest. */
const large = (name: string) => `${`${name} foo bar\n`.repeat(3)}${'nothing of it\n'.repeat(1_000)}`;

describe('A search', () => {
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
  const grep = async (args: object) => (await call('git_grep', args)).structured;
  const found = async (args: object) =>
    ((await grep(args))['lines'] as Records).map(
      ({ path, line, text }) => `${String(path)}:${String(line)}:${String(text)}`,
    );

  describe('git_grep', () => {
    it('finds what git finds, and leaves binary files out', async () => {
      repo.write('a.txt', 'changed foo\n').write('new.txt', 'foo new\n');
      const git = (...args: string[]) =>
        lines(repo.git(['-c', 'core.quotePath=false', 'grep', '-n', '-I', ...args]));

      expect(await found({ pattern: 'foo' })).toEqual(git('foo'));
      expect(await found({ pattern: 'foo', where: 'index' })).toEqual(git('--cached', 'foo'));
      expect(await found({ pattern: 'FOO', ignore_case: true, whole_words: true })).toEqual(
        git('-i', '-w', 'FOO'),
      );
      expect(await found({ pattern: 'foo', untracked: true })).toContain('new.txt:1:foo new');
      expect(await found({ pattern: 'fo{2}$', syntax: 'extended' })).toEqual(git('-E', 'fo{2}$'));
      expect(await found({ pattern: 'fo(?=o;)', syntax: 'perl' })).toEqual(git('-P', 'fo(?=o;)'));
      expect(await found({ pattern: 'n.', syntax: 'fixed' })).toEqual([]);
      expect(await found({ pattern: 'foo', revision: 'HEAD', paths: ['src', 'a.txt'] })).toEqual(
        git('foo', 'HEAD', '--', 'src', 'a.txt').map((line) => line.replace('HEAD:', '')),
      );
      expect(await found({ pattern: 'fool', revision: 'HEAD^{tree}' })).toEqual(['ünï/n:2:1:fool']);
    });

    it('finds the same in large files, which git searches several at once', async () => {
      const names = Array.from({ length: 20 }, (_, at) => `large/${at}.txt`);
      repo.commitFiles('large', Object.fromEntries(names.map((name) => [name, large(name)])));
      const git = lines(repo.git(['grep', '-n', '-I', 'foo bar', 'HEAD', '--', 'large']));

      const query = { pattern: 'foo bar', paths: ['large'] };
      const expected = git.map((line) => line.replace('HEAD:', ''));
      expect(await found(query)).toEqual(expected);
      expect(await found({ ...query, where: 'index' })).toEqual(expected);
      expect(await found({ ...query, revision: 'HEAD' })).toEqual(expected);
    });

    it('searches a commit anew once attributes change, or the branch has moved', async () => {
      const answers = new Set<string>();
      const change = async (make: () => void) => {
        make();
        const git = lines(repo.git(['grep', '-n', '-I', 'foo', 'HEAD', '--', 'src', 'a.txt']));
        const ours = await found({ pattern: 'foo', revision: 'HEAD', paths: ['src', 'a.txt'] });
        expect(ours).toEqual(git.map((line) => line.replace('HEAD:', '')));
        answers.add(ours.join('\n'));
      };

      await change(() => undefined);
      await change(() => void repo.write('src/.gitattributes', '*.c binary\n'));
      await change(() => {
        rmSync(repo.file('src/.gitattributes'));
        repo.write('.gitattributes', 'a.txt binary\n');
      });
      await change(() => void repo.write('src/b.c', 'float foo;\n').stage('src/b.c').commit('two'));

      expect(answers.size).toBe(4);
    });

    it('passes over a folder that has become a file', async () => {
      const changed = new GitRepository({ root: bench.folder() });
      changed.commitFiles('one', { 'a/b/c.txt': 'foo\n', 'd.txt': 'foo\n' });
      rmSync(join(changed.path, 'a'), { recursive: true });
      changed.write('a', 'a file now\n');

      const { structured } = await bench.call('git_grep', { repo_path: changed.path, pattern: 'foo' });

      expect(structured['lines']).toMatchObject([{ path: 'd.txt' }]);
    });

    it('says where in the line, and shows lines around', async () => {
      const { structured, text } = await call('git_grep', {
        pattern: 'foo',
        context_lines: 1,
        paths: ['a.txt'],
      });

      expect(structured).toMatchObject({ matches: 1 });
      expect(structured['lines']).toEqual([
        { path: 'a.txt', line: 1, text: 'one' },
        { path: 'a.txt', line: 2, column: 5, text: 'two foo' },
        { path: 'a.txt', line: 3, text: 'three' },
      ]);
      expect(text).toBe('a.txt\n1- one\n2: two foo\n3- three');
    });

    it('shows the part of a long line that matters', async () => {
      repo.commitFiles('long', { 'min.js': `${'x'.repeat(10_000)}needle${'y'.repeat(10_000)}\n` });

      const [line] = (await grep({ pattern: 'needle' }))['lines'] as Records;

      expect(line).toMatchObject({ line: 1, column: 10_001, cut: true });
      expect(line?.['text']).toHaveLength(500);
      expect(line?.['text']).toContain('needle');
    });

    it('names files only, and goes on where it stopped', async () => {
      repo.commitFiles('many', Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, 'foo\n'])));
      const names: unknown[] = [];
      let cursor: unknown;
      do {
        const args = { pattern: 'foo', files_only: true, max_bytes: 1_000, ...(cursor ? { cursor } : {}) };
        const page = await grep(args);
        names.push(...(page['files'] as string[]));
        cursor = page['next_cursor'];
      } while (cursor !== undefined);

      expect(names).toEqual(lines(repo.git(['-c', 'core.quotePath=false', 'grep', '-l', '-I', 'foo'])));
    });

    it('does not search where a link stands in the place of a folder, which git would follow', async () => {
      const outside = join(bench.root, 'elsewhere');
      mkdirSync(outside, { recursive: true });
      new GitRepository({ root: outside, name: 'x' }).write('b.c', 'int foo = SECRET;\n');
      rmSync(repo.file('src'), { recursive: true });
      symlinkSync(join(outside, 'x'), repo.file('src'));

      const beyond = { code: 'operation_failed', details: { reason: 'beyond-border', paths: ['src'] } };
      await expect(grep({ pattern: 'SECRET' })).rejects.toMatchObject(beyond);
      await expect(grep({ pattern: 'SECRET', files_only: true })).rejects.toMatchObject(beyond);
      await expect(grep({ pattern: 'SECRET', paths: ['./src'] })).rejects.toMatchObject(beyond);
      await expect(grep({ pattern: 'SECRET', paths: ['src/b.c'] })).rejects.toMatchObject({
        details: { reason: 'beyond-border' },
      });
      expect(await found({ pattern: 'foo', paths: ['a.txt'] })).toEqual(['a.txt:2:two foo']);
      expect(await found({ pattern: 'int', where: 'index' })).toEqual(['src/b.c:1:int foo;']);
      // A folder of another name, once the index is known.
      rmSync(repo.file('ünï'), { recursive: true });
      symlinkSync(join(outside, 'x'), repo.file('ünï'));
      await expect(grep({ pattern: 'x' })).rejects.toMatchObject({ details: { paths: ['src', 'ünï'] } });
    });

    it('looks again for links once a folder could have become one', async () => {
      const outside = join(bench.root, 'outside');
      new GitRepository({ root: outside }).write('c.bin', 'SECRET\n');
      // Young folders are not relied on.
      await pause(200);
      for (let time = 0; time < 2; time += 1) expect(await found({ pattern: 'int' })).toHaveLength(1);
      rmSync(repo.file('src/deep'), { recursive: true });
      symlinkSync(join(outside, 'repo'), repo.file('src/deep'));

      await expect(grep({ pattern: 'SECRET' })).rejects.toMatchObject({ details: { paths: ['src/deep'] } });
      rmSync(repo.file('src/deep'));
      expect(await found({ pattern: 'int' })).toHaveLength(1);
    });

    it.each(['fo(o', '*', '[z-a]'])('says that %s is no pattern', async (pattern) => {
      const call = grep({ pattern, syntax: 'perl' });

      await expect(call).rejects.toMatchObject({
        code: 'validation_failed',
        details: [{ path: 'arguments.pattern' }],
      });
    });
  });
});
