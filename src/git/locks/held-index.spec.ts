import { existsSync, readdirSync, utimesSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../../../test/support/git-repository.js';
import { HeldIndex, removeDeadLock } from './held-index.js';

describe('A held index', () => {
  let repo: GitRepository;

  beforeEach(() => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'a.txt': 'a\n' });
  });

  afterEach(() => repo.remove());

  const gitDir = () => repo.file('.git');
  const lock = () => repo.file('.git/index.lock');
  const staged = () => repo.git(['ls-files']).trim().split('\n');
  const left = () => readdirSync(gitDir()).filter((name) => /mcp-git|\.lock$/.test(name));

  async function take(): Promise<HeldIndex> {
    const held = await HeldIndex.take(gitDir());
    if (!held) throw new Error('the lock is held');
    return held;
  }

  function stageIn(held: HeldIndex, path: string): void {
    repo.write(path, path);
    repo.git(['add', '--', path], { GIT_INDEX_FILE: held.path });
  }

  it('keeps another git from writing to the index, and what was written becomes the index', async () => {
    const held = await take();
    stageIn(held, 'ours.txt');
    repo.write('theirs.txt', 'x');

    expect(() => repo.git(['add', 'theirs.txt'])).toThrow(/index\.lock/);
    expect(staged()).toEqual(['a.txt']);
    await held.release();
    repo.git(['add', 'theirs.txt']);

    expect(staged()).toEqual(['a.txt', 'ours.txt', 'theirs.txt']);
    expect(left()).toEqual([]);
  });

  it("is nobody else's while it is held, also where nothing was staged ever", async () => {
    const empty = new GitRepository({ root: repo.root, name: 'empty' });
    const held = await HeldIndex.take(empty.file('.git'));

    expect(await HeldIndex.take(empty.file('.git'))).toBeUndefined();
    await held?.release();

    expect(readdirSync(empty.file('.git'))).not.toContain('index');
    expect(readdirSync(empty.file('.git')).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  it('sees what is written right after it was staged, though it has the same size', async () => {
    repo.write('b.txt', 'one\n');
    repo.git(['add', 'b.txt']);
    repo.write('b.txt', 'two\n');
    const held = await take();
    stageIn(held, 'c.txt');
    await held.release();

    expect(repo.git(['diff', '--name-only']).trim()).toBe('b.txt');
  });

  it('becomes the index when its lock is removed after a crash', async () => {
    stageIn(await take(), 'ours.txt');

    await removeDeadLock(lock());

    expect(staged()).toEqual(['a.txt', 'ours.txt']);
    expect(left()).toEqual([]);
  });

  it('does not replace an index that was written after the crash', async () => {
    stageIn(await take(), 'ours.txt');
    const later = Date.now() / 1_000 + 5;
    utimesSync(repo.file('.git/index'), later, later);

    await removeDeadLock(lock());

    expect(existsSync(lock())).toBe(false);
    expect(staged()).toEqual(['a.txt']);
  });
});
