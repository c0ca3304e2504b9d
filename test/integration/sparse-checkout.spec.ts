import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { ToolBench } from '../support/tool-bench.js';

describe('git_sparse_checkout', () => {
  let tools: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });
  afterAll(() => tools.close());

  beforeEach(() => {
    repo = new GitRepository({ root: tools.folder() });
    repo.commitFiles('one', {
      'top.txt': 't\n',
      'a/one.txt': 'a\n',
      'b/two.txt': 'b\n',
      'c/three.txt': 'c\n',
    });
  });

  const sparse = async (args: object) =>
    (await tools.call('git_sparse_checkout', { repo_path: repo.path, ...args })).structured;
  const there = () => ['top.txt', 'a/one.txt', 'b/two.txt', 'c/three.txt'].filter((path) => repo.has(path));

  it('checks out the folders that are wanted, as git lists them', async () => {
    const planned = await sparse({ action: 'set', paths: ['a'], dry_run: true });
    const untouched = there();
    const set = await sparse({ action: 'set', paths: ['a'] });
    const some = there();
    await sparse({ action: 'add', paths: ['b'] });
    const more = there();
    const { structured: status } = await tools.call('git_status', { repo_path: repo.path });

    expect(planned['effects']).toEqual(set['effects']);
    expect(set).toMatchObject({ enabled: true, cone: true, paths: ['a'] });
    expect([untouched.length, some, more]).toEqual([
      4,
      ['top.txt', 'a/one.txt'],
      ['top.txt', 'a/one.txt', 'b/two.txt'],
    ]);
    expect(repo.git(['sparse-checkout', 'list'])).toBe('a\nb\n');
    expect(status['entries']).toEqual([]);
  });

  it('takes patterns, and brings everything back', async () => {
    const set = await sparse({ action: 'set', paths: ['/*', '!/c/'], cone: false });
    const some = there();
    const disabled = await sparse({ action: 'disable' });

    expect(set).toMatchObject({ enabled: true, cone: false, paths: ['/*', '!/c/'] });
    expect(some).toEqual(['top.txt', 'a/one.txt', 'b/two.txt']);
    expect(disabled).toMatchObject({ enabled: false, paths: [] });
    expect(there()).toHaveLength(4);
    expect(await sparse({ action: 'list' })).toMatchObject({ effects: [], enabled: false });
  });

  it('keeps files with changes', async () => {
    repo.write('b/two.txt', 'mine\n').write('c/new.txt', 'new\n');

    await sparse({ action: 'set', paths: ['a'] });

    expect(repo.read('b/two.txt')).toBe('mine\n');
    expect(repo.read('c/new.txt')).toBe('new\n');
    expect(repo.has('c/three.txt')).toBe(false);
  });

  it.each([
    ['a way out', { action: 'set', paths: ['../x'] }, 'invalid-pattern'],
    ['two lines', { action: 'set', paths: ['a\nb'] }, 'invalid-pattern'],
    ['an addition to all', { action: 'add', paths: ['a'] }, 'not-sparse'],
  ])('refuses %s', async (_what, args, reason) => {
    await expect(sparse(args)).rejects.toMatchObject({ code: 'operation_failed', details: { reason } });
    expect(there()).toHaveLength(4);
  });

  it('is taken back and done again: patterns, entries and files, ignored ones too', async () => {
    repo.commitFiles('ignore', { '.gitignore': '*.log\n' });
    repo.write('b/kept.log', 'log\n');
    const pictures = [pictureOf(repo)];
    const steps = [
      { action: 'set', paths: ['a'] },
      { action: 'add', paths: ['c'] },
      { action: 'set', paths: ['/*', '!/c/'], cone: false },
      { action: 'disable' },
    ];
    const patterns = [(await sparse({ action: 'list' }))['paths']];
    for (const step of steps) {
      patterns.push((await sparse(step))['paths']);
      pictures.push(pictureOf(repo));
    }
    const now = async () => [pictureOf(repo), (await sparse({ action: 'list' }))['paths']];

    for (let at = steps.length - 1; at >= 0; at -= 1) {
      await tools.call('git_undo', { repo_path: repo.path });
      expect(await now()).toEqual([pictures[at], patterns[at]]);
    }
    for (let at = 1; at <= steps.length; at += 1) {
      await tools.call('git_redo', { repo_path: repo.path });
      expect(await now()).toEqual([pictures[at], patterns[at]]);
    }
    expect(pictures[1]?.files).not.toHaveProperty('b/kept.log');
  });

  it('is not taken back over a configuration that takes in other files', async () => {
    await sparse({ action: 'set', paths: ['a'] });
    repo.config('include.path', 'more');
    await sparse({ action: 'disable' });
    const after = pictureOf(repo);

    await expect(tools.call('git_undo', { repo_path: repo.path })).rejects.toMatchObject({
      details: { reason: 'unknown-configuration' },
    });
    expect(pictureOf(repo)).toEqual(after);
  });

  it('runs no filter while files come back', async () => {
    const canary = join(repo.root, 'canary');
    repo.commitFiles('filtered', { '.gitattributes': '* filter=evil\n' });
    await sparse({ action: 'set', paths: ['a'] });
    for (const key of ['clean', 'smudge']) repo.config(`filter.evil.${key}`, `touch ${canary}; cat`);

    await sparse({ action: 'disable' });

    expect([there().length, existsSync(canary)]).toEqual([4, false]);
  });
});

describe('git_tag', () => {
  let tools: ToolBench;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });
  afterAll(() => tools.close());

  it('lists page by page, each tag once', async () => {
    const repo = new GitRepository({ root: tools.folder() });
    repo.commit('one');
    const names = Array.from({ length: 25 }, (_, index) => `v${String(index).padStart(2, '0')}`);
    for (const name of names) repo.tag(name);
    const args = { repo_path: repo.path, action: 'list', sort: 'name', limit: 10 };
    const seen: string[][] = [];

    for (let cursor: unknown, first = true; first || cursor !== undefined; first = false) {
      const { structured } = await tools.call('git_tag', {
        ...args,
        ...(cursor !== undefined && { cursor }),
      });
      seen.push((structured['tags'] as { name: string }[]).map(({ name }) => name));
      cursor = structured['next_cursor'];
    }

    expect(seen.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(seen.flat()).toEqual(names);
  });
});
