import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { ToolBench } from '../support/tool-bench.js';

const STOPPED = ['merge', 'rebase', 'cherry-pick', 'revert', 'stash', 'stash pop'] as const;
type Stopped = (typeof STOPPED)[number];

const operationOf = (stopped: Stopped) => (stopped === 'stash pop' ? 'stash' : stopped);
const header = (path: string) => `--- a/${path}\n+++ b/${path}\n`;

describe('Conflicts from end to end', () => {
  let tools: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });

  afterAll(() => tools.close());

  beforeEach(() => {
    repo = new GitRepository({ root: tools.folder() });
  });

  const call = (name: string, args: object = {}) => tools.call(name, { repo_path: repo.path, ...args });
  const conflicts = async () => (await call('git_conflicts')).structured;
  const waits = async () => 'operation' in (await call('git_status')).structured;

  /** Stops at `file.txt`, with `clean.txt` merged and, of a stash, an untracked file brought back. */
  async function stop(stopped: Stopped): Promise<void> {
    if (stopped !== 'stash' && stopped !== 'stash pop') {
      repo.conflict(stopped);
      return;
    }
    repo.commitFiles('base', { 'file.txt': 'base\n', 'clean.txt': 'clean\n' });
    repo.write('file.txt', 'stashed\n').write('clean.txt', 'changed\n').write('new.txt', 'new\n');
    await call('git_stash', { action: 'push', include_untracked: true });
    repo.commitFiles('main', { 'file.txt': 'main\n' });
    const action = stopped === 'stash' ? 'apply' : 'pop';
    await expect(call('git_stash', { action })).rejects.toMatchObject({
      code: 'merge_conflict',
      details: { operation: 'stash', paths: ['file.txt'] },
    });
  }

  it('are counted among all picks that are left, however long their list is', async () => {
    await stop('cherry-pick');
    const picks = 30_000;
    repo.write('.git/sequencer/head', `${repo.head()}\n`);
    repo.write('.git/sequencer/todo', `pick ${repo.revision('other')} of a long list\n`.repeat(picks));

    expect((await call('git_status')).structured).toMatchObject({ progress: { step: 1, total: picks } });
  });

  describe.each(STOPPED)('of a %s', (stopped) => {
    const operation = operationOf(stopped);

    it('are listed with their versions and the marked file, settled, and gone on with', async () => {
      await stop(stopped);
      const idOf = (stage: number) => repo.revision(`:${stage}:file.txt`);

      const status = await call('git_status');
      expect(status.structured).toMatchObject({ operation, progress: { step: 1, total: 1 } });
      const listed = await conflicts();
      expect(listed).toMatchObject({ operation, progress: { step: 1, total: 1 } });
      expect(listed['conflicts']).toEqual([
        {
          path: 'file.txt',
          kind: 'both modified',
          base: {
            mode: '100644',
            sha: idOf(1),
            size: expect.any(Number) as number,
            text: repo.git(['show', ':1:file.txt']),
          },
          ours: {
            mode: '100644',
            sha: idOf(2),
            size: expect.any(Number) as number,
            text: repo.git(['show', ':2:file.txt']),
          },
          theirs: {
            mode: '100644',
            sha: idOf(3),
            size: expect.any(Number) as number,
            text: repo.git(['show', ':3:file.txt']),
          },
          marked: repo.read('file.txt'),
        },
      ]);
      await expect(call('git_continue', { operation })).rejects.toMatchObject({ code: 'merge_conflict' });

      const resolved = await call('git_resolve', { paths: ['file.txt'], content: 'settled\n' });
      expect(resolved.structured).toEqual({ paths: ['file.txt'], left: 0 });
      await call('git_continue', { operation });

      expect(repo.read('file.txt')).toBe('settled\n');
      expect((await call('git_status')).structured).not.toHaveProperty('operation');
      const entries = repo.git(['stash', 'list']).trim();
      expect(entries === '').toBe(stopped !== 'stash');
      repo.fsck();
    });

    it('are given up, and what was resolved comes back with an undo', async () => {
      await stop(stopped);
      const atConflict = pictureOf(repo);
      await call('git_resolve', { paths: ['.'], side: 'theirs' });
      const resolved = pictureOf(repo);

      const planned = await call('git_abort', { operation, dry_run: true });
      expect(planned.structured['effects']).toContainEqual(
        expect.objectContaining({ action: 'restore', subject: 'file.txt' }),
      );
      const onward = await call('git_continue', { operation, dry_run: true });
      expect(onward.structured['effects']).toContainEqual(
        expect.objectContaining({ action: 'continue', subject: operation }),
      );
      expect(pictureOf(repo)).toEqual(resolved);
      await call('git_abort', { operation });

      expect(repo.git(['diff', 'HEAD', '--name-only'])).toBe('');
      expect(repo.status()).toBe('');
      await call('git_undo');
      expect(pictureOf(repo)).toEqual(resolved);
      await call('git_undo');
      expect(pictureOf(repo)).toEqual(atConflict);
      expect((await call('git_status')).structured).toMatchObject({ operation });
    });
  });

  describe('of a stash', () => {
    it('wait no more once somebody has reset the work tree', async () => {
      await stop('stash pop');

      repo.git(['reset', '--quiet', '--hard']);

      expect(await waits()).toBe(false);
      await expect(call('git_continue', { operation: 'stash' })).rejects.toMatchObject({
        details: { reason: 'nothing-in-progress' },
      });
      expect(repo.git(['stash', 'list'])).toContain('stash@{0}');
    });

    it('wait again after a reset by git_reset that was undone', async () => {
      await stop('stash');
      const stopped = pictureOf(repo);

      await tools.confirmed('git_reset', { repo_path: repo.path, mode: 'hard' });
      const before = await waits();
      await call('git_undo');

      expect([before, await waits()]).toEqual([false, true]);
      expect(pictureOf(repo)).toEqual(stopped);
    });

    it('wait whatever was reset before, also where git has tidied up its logs', async () => {
      const longAgo = { GIT_COMMITTER_DATE: '2026-01-01T12:00:00Z' };
      repo.commitFiles('base', { 'file.txt': 'base\n' });
      repo.write('file.txt', 'stashed\n').git(['stash', 'push', '--quiet']);
      repo.commitFiles('main', { 'file.txt': 'main\n' });
      repo.git(['reset', '--quiet', '--hard'], longAgo);
      await expect(call('git_stash', { action: 'pop' })).rejects.toMatchObject({ code: 'merge_conflict' });

      repo.git(['reflog', 'expire', '--expire=never', '--all']);

      expect(await waits()).toBe(true);
    });
  });

  it('say how far a rebase has come, and a commit of it can be left out', async () => {
    repo.commitFiles('base', { 'a.txt': '0\n', 'b.txt': '0\n' });
    repo.branch('topic');
    repo.commitFiles('main', { 'b.txt': 'main\n' });
    repo.checkout('topic').commitFiles('one', { 'a.txt': '1\n' });
    const two = repo.commitFiles('two', { 'b.txt': '2\n' });
    repo.commitFiles('three', { 'c.txt': '3\n' });
    await expect(call('git_rebase', { target_branch: 'main' })).rejects.toMatchObject({
      code: 'merge_conflict',
    });

    expect(await conflicts()).toMatchObject({
      operation: 'rebase',
      progress: { step: 2, total: 3, commit: two, branch: 'topic' },
    });
    expect((await call('git_status')).text).toContain('A rebase is in progress (2 of 3)');
    await call('git_continue', { operation: 'rebase', skip: true });

    expect(repo.git(['log', '--format=%s', 'main..topic'])).toBe('three\none\n');
    expect(repo.read('b.txt')).toBe('main\n');
  });

  it.each(['merge', 'stash'] as const)('of a %s cannot be skipped', async (stopped) => {
    await stop(stopped);

    await expect(call('git_continue', { operation: stopped, skip: true })).rejects.toMatchObject({
      details: { reason: 'nothing-to-skip' },
    });
  });

  it.each([
    ['ours', 'main\n'],
    ['theirs', 'other\n'],
    ['base', 'base\n'],
    ['both', 'main\nother\n'],
  ])('are resolved to %s', async (side, content) => {
    repo.conflict('merge');

    await call('git_resolve', { paths: ['file.txt'], side });

    expect(repo.read('file.txt')).toBe(content);
    expect(repo.git(['show', ':file.txt'])).toBe(content);
    expect(repo.git(['ls-files', '--unmerged'])).toBe('');
  });

  it('are resolved by a patch of the marked file, and by nothing else', async () => {
    repo.commitFiles('base', { 'free.txt': 'free\n' });
    repo.conflict('merge');
    repo.git(['config', 'diff.noprefix', 'false']);
    const marked = repo.read('file.txt').split('\n').slice(0, -1);
    const patch = `${header('file.txt')}@@ -1,${marked.length} +1 @@\n${marked.map((line) => `-${line}\n`).join('')}+patched\n`;
    const other = `${header('free.txt')}@@ -1 +1 @@\n-free\n+bound\n`;

    await expect(call('git_resolve', { patch: other })).rejects.toMatchObject({
      details: { reason: 'not-in-conflict', paths: ['free.txt'] },
    });
    await call('git_resolve', { patch });

    expect(repo.git(['show', ':file.txt'])).toBe('patched\n');
    expect(repo.read('free.txt')).toBe('free\n');
  });

  it('between a change and a deletion are resolved to either', async () => {
    repo.commitFiles('base', { 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n' });
    repo.branch('other');
    repo.commitFiles('main', { 'a.txt': 'main\n', 'b.txt': 'main\n', 'c.txt': 'main\n' });
    repo.checkout('other').commitFiles('other', { 'a.txt': null, 'b.txt': null, 'c.txt': null });
    repo.checkout('main');
    await expect(call('git_merge', { source_branch: 'other', confirm: true })).rejects.toMatchObject({
      code: 'merge_conflict',
    });

    await expect(call('git_resolve', { paths: ['a.txt'], side: 'both' })).rejects.toMatchObject({
      details: { reason: 'no-such-side' },
    });
    await call('git_resolve', { paths: ['a.txt'], side: 'theirs' });
    await call('git_resolve', { paths: ['b.txt'], delete: true });
    const last = await call('git_resolve', { paths: ['c.txt'], side: 'ours' });

    expect(last.structured).toMatchObject({ left: 0 });
    expect([repo.has('a.txt'), repo.has('b.txt'), repo.read('c.txt')]).toEqual([false, false, 'main\n']);
    expect(repo.git(['ls-files'])).toBe('c.txt\n');
  });

  it.each([
    ['nothing', { paths: ['file.txt'] }],
    ['two ways', { paths: ['file.txt'], side: 'ours', delete: true }],
    ['content for two paths', { paths: ['file.txt', 'b'], content: 'x' }],
  ])('are not resolved by %s', async (_what, args) => {
    repo.conflict('merge');

    await expect(call('git_resolve', args)).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it.each([
    ['a path that is in none', { paths: ['other.txt'], side: 'ours' }, 'not-in-conflict'],
    ['a link by content', { paths: ['link'], content: 'x' }, 'not-a-file'],
  ])('are not resolved for %s', async (_what, args, reason) => {
    repo.commitFiles('base', { link: 'x\n' });
    repo.branch('other');
    repo.git(['rm', '--quiet', 'link']);
    repo.git(['symbolic-ref', 'HEAD']);
    repo.commit('gone');
    repo.git(['update-index', '--add', '--cacheinfo', `120000,${blob('main')},link`]);
    repo.commit('main');
    repo.git(['checkout', '--quiet', '-f', 'other']);
    repo.git(['update-index', '--add', '--cacheinfo', `120000,${blob('other')},link`]);
    repo.commit('other');
    repo.git(['checkout', '--quiet', '-f', 'main']);
    await expect(call('git_merge', { source_branch: 'other', confirm: true })).rejects.toMatchObject({
      code: 'merge_conflict',
    });

    await expect(call('git_resolve', args)).rejects.toMatchObject({ details: { reason } });
  });

  it('are told of where content holds markers still, and planned without being touched', async () => {
    repo.conflict('merge');
    const before = pictureOf(repo);

    const plan = await call('git_resolve', { paths: ['file.txt'], side: 'theirs', dry_run: true });
    expect(plan.structured['effects']).toEqual([
      { action: 'resolve', subject: 'file.txt', to: repo.revision(':3:file.txt') },
    ]);
    expect(pictureOf(repo)).toEqual(before);

    const content = repo.read('file.txt');
    const done = await call('git_resolve', { paths: ['file.txt'], content });
    expect(done.structured).toMatchObject({ with_markers: ['file.txt'] });
  });

  it('are listed page by page, however many and however long', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `f${String(index).padStart(2, '0')}`);
    const files = (text: string) => Object.fromEntries(names.map((name) => [name, `${text}\n`.repeat(50)]));
    repo.commitFiles('base', files('base'));
    repo.branch('other');
    repo.commitFiles('main', files('main'));
    repo.checkout('other').commitFiles('other', files('other'));
    repo.checkout('main');
    await call('git_merge', { source_branch: 'other', confirm: true }).catch(() => undefined);

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await call('git_conflicts', { max_bytes: 10_000, ...(cursor && { cursor }) });
      expect(Buffer.byteLength(page.text)).toBeLessThanOrEqual(10_000);
      expect(Buffer.byteLength(JSON.stringify(page.structured))).toBeLessThanOrEqual(10_000);
      const items = page.structured['conflicts'] as { path: string; marked: string }[];
      expect(items.every(({ marked }) => marked.includes('<<<<<<<'))).toBe(true);
      seen.push(...items.map(({ path }) => path));
      cursor = page.structured['next_cursor'] as string | undefined;
    } while (cursor !== undefined);

    expect(seen).toEqual(names);
  });

  /** The id of a blob that holds the text. */
  function blob(text: string): string {
    repo.write('../blob', text);
    return repo.git(['hash-object', '-w', '../blob']).trim();
  }
});
