import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

type Records = Record<string, unknown>[];

const lines = (text: string) => text.split('\n').filter(Boolean);
const scratchFolders = () =>
  readdirSync(tmpdir()).filter(
    (name) => name.startsWith('mcp-git-server-objects-') && name.includes(`-${process.pid}-`),
  );

describe('Merges, series of commits and the object store by the tools', () => {
  let repo: GitRepository;
  let bench: ToolBench;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
  });

  afterAll(() => bench.close());

  const call = (name: string, args: object = {}) => bench.call(name, { repo_path: repo.path, ...args });
  const objects = () => lines(repo.git(['cat-file', '--batch-all-objects', '--batch-check']));
  const reflog = async (args: object) => (await call('git_reflog', args)).structured['entries'] as Records;
  const fsck = async (args: object = {}) => (await call('git_fsck', args)).structured;

  describe('git_merge_tree', () => {
    it('says what a merge comes to, and leaves nothing behind', async () => {
      const { main, other } = repo.diverge();
      repo.checkout('other').commitFiles('more', { 'new.txt': 'new\n' });
      repo.checkout('main');
      const before = objects();

      const { structured, text } = await call('git_merge_tree', { theirs: 'other' });

      expect(objects()).toEqual(before);
      expect(scratchFolders()).toEqual([]);
      const [tree] = lines(repo.git(['merge-tree', '--write-tree', 'main', 'main']));
      expect(structured).toMatchObject({ clean: false, ours: main, base: repo.revision('main~1') });
      expect(structured['tree']).not.toBe(tree);
      expect(structured['conflicts']).toEqual([
        {
          path: 'file.txt',
          stages: [
            { stage: 1, mode: '100644', sha: repo.revision('main~1:file.txt') },
            { stage: 2, mode: '100644', sha: repo.revision('main:file.txt') },
            { stage: 3, mode: '100644', sha: repo.revision(`${other}:file.txt`) },
          ],
        },
      ]);
      expect((structured['files'] as Records).map(({ status, path }) => [status, path])).toEqual([
        ['M', 'file.txt'],
        ['A', 'new.txt'],
      ]);
      expect(text).toContain('CONFLICT (content): Merge conflict in file.txt');
    });

    it('gives the tree that the merge then makes, also in a bare repository', async () => {
      repo.commitFiles('base', { a: '1\n2\n3\n4\n5\n', b: 'b\n' });
      repo.branch('side');
      repo.commitFiles('main', { a: '1\n2\n3\n4\nfive\n' });
      repo.checkout('side').commitFiles('side', { a: 'one\n2\n3\n4\n5\n', b: null });
      const bare = repo.cloneBare();

      const { structured } = await bench.call('git_merge_tree', {
        repo_path: bare.path,
        ours: 'main',
        theirs: 'side',
      });

      repo.checkout('main').git(['merge', '-q', '--no-edit', 'side']);
      expect(structured).toMatchObject({ clean: true, conflicts: [], tree: repo.revision('HEAD^{tree}') });
    });

    it('knows what needs no merge and what has no base', async () => {
      const first = repo.commit('one');
      repo.commit('two');

      expect((await call('git_merge_tree', { theirs: first })).text).toMatch(/^Nothing to merge/);
      expect((await call('git_merge_tree', { ours: first, theirs: 'main' })).text).toMatch(/fast-forward/);
      repo.git(['checkout', '-q', '--orphan', 'alone']);
      repo.commitFiles('alone', { x: 'x\n' });
      await expect(call('git_merge_tree', { theirs: 'main' })).rejects.toMatchObject({
        details: { reason: 'no-merge-base' },
      });
      expect((await call('git_merge_tree', { theirs: 'main', unrelated: true })).structured).toMatchObject({
        clean: true,
        base: null,
      });
    });
  });

  describe('a series of commits', () => {
    let before: string;

    beforeEach(() => {
      repo.commitFiles('base', { a: 'a\n' });
      repo.branch('topic');
      repo.checkout('topic').commitFiles('same', { b: 'b\n' });
      repo.commitFiles('edited', { c: '1\n2\n3\n4\n5\n6\n7\n8\n' });
      before = repo.commitFiles('dropped', { d: 'd\n' });
      repo.checkout('main').commitFiles('onward', { a: 'A\n' });
      repo.git(['checkout', '-q', '-b', 'again', 'main']);
      repo.git(['cherry-pick', '-x', `${before}~2`]);
      repo.git(['cherry-pick', '--no-commit', `${before}~1`]);
      repo.commitFiles('edited', { c: '1\n2\n3\n4\n5\n6\n7\nEIGHT\n' });
      repo.commitFiles('new one', { e: 'e\n' });
    });

    it('is compared by git_range_diff as git does it', async () => {
      const { structured, text } = await call('git_range_diff', {
        old: 'topic',
        new: 'again',
        new_base: 'main',
      });

      const commits = structured['commits'] as Records;
      const git = lines(repo.git(['range-diff', '--no-color', '-s', 'main~1..topic', 'main..again']));
      expect(commits.map(({ status, subject }) => [status, subject])).toEqual([
        ['changed', 'same'],
        ['changed', 'edited'],
        ['removed', 'dropped'],
        ['added', 'new one'],
      ]);
      const sign = { same: '=', changed: '!', removed: '<', added: '>' } as Record<string, string>;
      expect(commits.map(({ status }) => sign[String(status)])).toEqual(
        git.map((line) => line.split(/ +/)[2]),
      );
      expect(commits[1]?.['diff']).toContain('+EIGHT');
      expect(text).toMatch(/^[0-9a-f]{7} ! [0-9a-f]{7} same/);
      const { structured: short } = await call('git_range_diff', {
        old: 'topic',
        new: 'again',
        patch: false,
      });
      expect((short['commits'] as Records).every((commit) => !('diff' in commit))).toBe(true);
    });

    it('is not compared where a program would convert its files', async () => {
      repo.config('diff.x.textconv', 'cat');

      await expect(call('git_range_diff', { old: 'topic', new: 'again' })).rejects.toMatchObject({
        code: 'untrusted_config',
        details: { keys: ['diff.x.textconv'] },
      });
    });

    it('is looked for upstream by git_cherry', async () => {
      const { structured } = await call('git_cherry', { upstream: 'again', head: 'topic' });

      const commits = structured['commits'] as Records;
      expect(
        commits.map(
          ({ upstream, sha, subject }) => `${upstream ? '-' : '+'} ${String(sha)} ${String(subject)}`,
        ),
      ).toEqual(lines(repo.git(['cherry', '-v', 'again', 'topic'])));
      expect(commits.map(({ upstream }) => upstream)).toEqual([true, false, false]);
      const after = await call('git_cherry', { upstream: 'again', head: 'topic', limit: `${before}~1` });
      expect((after.structured['commits'] as Records).map(({ subject }) => subject)).toEqual(['dropped']);
    });
  });

  it('git_reflog shows where a ref was, in pages', async () => {
    const [first] = [repo.commit('one'), repo.commit('two', 1_700_000_100)];
    repo.git(['reset', '-q', '--hard', 'HEAD~1']);

    const entries = await reflog({});

    expect(
      entries.map(({ sha, name, message }) => `${String(sha)} ${String(name)} ${String(message)}`),
    ).toEqual(lines(repo.git(['reflog', 'show', '--format=%H %gd %gs'])));
    expect(entries[0]).toMatchObject({ sha: first, message: 'reset: moving to HEAD~1' });
    expect(entries[2]).toMatchObject({ date: '2023-11-14T22:13:20+00:00', who: 'Ada <ada@example.org>' });
    expect(await reflog({ ref: 'main', max_count: 1 })).toMatchObject([{ name: 'main@{0}' }]);
    await expect(reflog({ ref: 'nowhere' })).rejects.toMatchObject({ code: 'revision_not_found' });
  });

  describe('git_fsck', () => {
    it('finds a sound repository sound, and what nothing reaches', async () => {
      repo.commitFiles('one', { a: 'a\n' });
      const blob = repo.write('x', 'lost\n').git(['hash-object', '-w', 'x']).trim();

      expect(await fsck()).toEqual({ sound: true, problems: [], unreachable: [] });
      expect(await fsck({ connectivity_only: true })).toMatchObject({ sound: true });
      expect(await fsck({ unreachable: true })).toMatchObject({
        sound: true,
        unreachable: [{ kind: 'unreachable', type: 'blob', sha: blob }],
      });
    });

    it('names what is missing and what is damaged, and not where', async () => {
      repo.commitFiles('one', { a: 'a\n', b: 'b\n' });
      const [a, b] = [repo.revision('HEAD:a'), repo.revision('HEAD:b')];
      const fileOf = (id: string) => repo.file(`.git/objects/${id.slice(0, 2)}/${id.slice(2)}`);
      rmSync(fileOf(a));

      expect(await fsck()).toMatchObject({
        sound: false,
        problems: expect.arrayContaining([
          expect.objectContaining({ kind: 'missing', type: 'blob', sha: a }),
        ]) as unknown,
      });

      rmSync(fileOf(b));
      writeFileSync(fileOf(b), 'no object');
      const { text, structured } = await call('git_fsck');
      expect(structured).toMatchObject({ sound: false });
      expect(text).toContain(b);
      expect(text).not.toContain(repo.path);
    });

    it('reads no list of objects that the configuration names', async () => {
      repo.commitFiles('one', { a: 'a\n' });
      repo.config('fsck.skipList', '/etc/passwd');

      await expect(fsck()).rejects.toMatchObject({
        code: 'untrusted_config',
        details: { keys: ['fsck.skiplist'] },
      });
    });
  });
});
