import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

/** Every file with its bytes. */
function contentsOf(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  );
}

const target = ({ root }: GitRepository) => join(root, 'made');

describe('Changes that come from remotes', () => {
  let bench: ToolBench;
  let repo: GitRepository;
  let bare: GitRepository;
  let other: GitRepository;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
    repo.commitFiles('one', { 'a.txt': '1\n' });
    bare = repo.addOrigin();
    // What the remote has and nobody here does.
    other = new GitRepository({ root: bench.folder() });
    other.git(['fetch', '--quiet', bare.path, 'main']);
    other.git(['reset', '--quiet', '--hard', 'FETCH_HEAD']);
  });

  afterAll(() => bench.close());

  const call = (name: string, args: object = {}) => bench.call(name, { repo_path: repo.path, ...args });
  const tried = async (name: string, args: object = {}) =>
    (await call(name, { ...args, dry_run: true })).structured['effects'];
  const publish = (files: Record<string, string>, branch = 'main') => {
    other.commitFiles('theirs', files);
    other.git(['push', '--quiet', bare.path, `HEAD:refs/heads/${branch}`]);
    return other.head();
  };
  const main = 'refs/remotes/origin/main';

  it('git_fetch says which branches would move, come and go, and downloads nothing', async () => {
    const from = repo.head();
    repo.git(['update-ref', 'refs/remotes/origin/gone', from]);
    const to = publish({ 'b.txt': 'b' });
    bare.git(['branch', 'topic', to]);
    const before = contentsOf(repo.root);

    expect(await tried('git_fetch', { prune: true })).toEqual([
      { action: 'delete', subject: 'refs/remotes/origin/gone', from, to: null },
      { action: 'update', subject: main, from, to },
      { action: 'create', subject: 'refs/remotes/origin/topic', from: null, to },
    ]);
    expect(await tried('git_fetch', { branch: 'topic' })).toEqual([
      { action: 'create', subject: 'refs/remotes/origin/topic', from: null, to },
    ]);
    await expect(tried('git_fetch', { branch: 'nowhere' })).rejects.toMatchObject({
      code: 'revision_not_found',
    });
    expect(contentsOf(repo.root)).toEqual(before);
  });

  it('git_pull says what it would do, and where that cannot be known before', async () => {
    const from = repo.head();
    const to = publish({ 'b.txt': 'b' });
    const before = contentsOf(repo.root);

    const unknown = await call('git_pull', { dry_run: true });
    expect(unknown.structured['effects']).toEqual([
      { action: 'update', subject: main, from, to },
      { action: 'merge', subject: 'refs/heads/main', from, to: null },
    ]);
    expect(unknown.text).toContain('not known before');
    expect(contentsOf(repo.root)).toEqual(before);

    await call('git_fetch');
    expect(await tried('git_pull')).toMatchObject([
      { action: 'fast-forward', subject: 'refs/heads/main', from, to },
      { action: 'create', subject: 'b.txt', from: null },
    ]);
    expect(repo.head()).toBe(from);
  });

  it('git_pull foresees the conflict, stops at it, and is taken back by git_abort', async () => {
    publish({ 'a.txt': 'theirs\n' });
    repo.commitFiles('ours', { 'a.txt': 'ours\n' });
    const ours = repo.head();
    await call('git_fetch');

    expect(await tried('git_pull')).toContainEqual(
      expect.objectContaining({ action: 'conflict', subject: 'a.txt' }),
    );
    await expect(call('git_pull')).rejects.toMatchObject({
      code: 'merge_conflict',
      details: { operation: 'merge', paths: ['a.txt'] },
    });
    await call('git_abort', { operation: 'merge' });

    expect(repo.head()).toBe(ours);
    expect(repo.status()).toBe('');
  });

  it('git_pull with fast_forward_only takes what is ahead, and refuses what has gone apart', async () => {
    const to = publish({ 'b.txt': 'b' });
    expect((await call('git_pull', { fast_forward_only: true })).structured).toMatchObject({
      outcome: 'fast-forward',
      head: to,
    });
    repo.commitFiles('ours', { 'c.txt': 'c' });
    const ours = repo.head();
    publish({ 'd.txt': 'd' });

    await expect(call('git_pull', { fast_forward_only: true })).rejects.toMatchObject({
      details: { reason: 'not-a-fast-forward' },
    });
    expect(repo.head()).toBe(ours);
  });

  it.each([
    ['add', { name: 'up', url: 'https://example.org/x.git' }, ['create', 'remote.up.url', null]],
    ['remove', { name: 'origin' }, ['delete', 'remote.origin']],
    ['rename', { name: 'origin', new_name: 'up' }, ['move', 'remote.origin', 'origin', 'up']],
    ['set-url', { name: 'origin', url: 'https://example.org/x.git' }, ['update', 'remote.origin.url']],
    [
      'set-url',
      { name: 'origin', url: 'https://example.org/x.git', push: true },
      ['update', 'remote.origin.pushurl'],
    ],
  ])('git_remote %s says what it would set, and shows no credential', async (action, args, expected) => {
    repo.git(['config', 'remote.origin.url', 'https://user:secret@example.org/old.git']);
    const before = contentsOf(repo.root);

    const answer = await call('git_remote', { action, ...args, dry_run: true });

    const [effect] = answer.structured['effects'] as Record<string, unknown>[];
    const said = [effect?.['action'], effect?.['subject'], effect?.['from'], effect?.['to']];
    expect(said.slice(0, expected.length)).toEqual(expected);
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(contentsOf(repo.root)).toEqual(before);
  });

  it.each([
    [{ action: 'add', name: 'origin', url: 'https://example.org/x.git' }, 'remote-exists'],
    [{ action: 'remove', name: 'nobody' }, 'unknown-remote'],
    [{ action: 'rename', name: 'origin', new_name: 'origin' }, 'remote-exists'],
  ])('git_remote %o is refused in a dry run as in a run', async (args, reason) => {
    await expect(call('git_remote', { ...args, dry_run: true })).rejects.toMatchObject({
      details: { reason },
    });
    await expect(call('git_remote', args)).rejects.toMatchObject({ details: { reason } });
  });

  it.each(['git_fetch', 'git_pull', 'git_remote'])('%s is done only at the expected commit', async (name) => {
    const args = {
      action: 'add',
      name: 'up',
      url: 'https://example.org/x.git',
      expected_head: '0'.repeat(40),
    };
    const given = name === 'git_remote' ? args : { expected_head: args.expected_head };
    const before = contentsOf(repo.root);

    await expect(call(name, given)).rejects.toMatchObject({
      details: { reason: 'unexpected_state', actual: repo.head() },
    });
    expect(contentsOf(repo.root)).toEqual(before);
  });

  describe('that make a repository', () => {
    const makes = [
      ['git_init', () => ({ initial_branch: 'trunk' })],
      ['git_clone', () => ({ url: bare.path })],
    ] as const;

    it.each(makes)('%s says in a dry run what it would make, and makes nothing', async (name, more) => {
      const before = readdirSync(repo.root);

      const effects = await tried(name, { repo_path: target(repo), ...more() });

      expect(effects).toMatchObject([{ action: 'create', subject: target(repo), from: null }]);
      expect(readdirSync(repo.root)).toEqual(before);
      await expect(tried(name, { repo_path: repo.path, ...more() })).rejects.toMatchObject({
        code: expect.stringMatching(/^(operation_failed|path_not_allowed)$/),
      });
    });

    it('git_clone names the commit that would be checked out', async () => {
      expect(await tried('git_clone', { repo_path: target(repo), url: bare.path })).toEqual([
        { action: 'create', subject: target(repo), from: null, to: bare.head() },
      ]);
      await expect(
        tried('git_clone', { repo_path: target(repo), url: `${bare.path}-not` }),
      ).rejects.toMatchObject({
        code: expect.any(String),
      });
    });

    it.each(makes)('%s is done once for an idempotency key', async (name, more) => {
      const args = { repo_path: target(repo), ...more(), idempotency_key: 'once' };

      const [first, again] = await Promise.all([call(name, args), call(name, args)]);
      const later = await call(name, args);

      expect(again.structured).toEqual(first.structured);
      expect(later).toEqual(again);
      await expect(call(name, { ...args, bare: true })).rejects.toMatchObject({
        details: { reason: 'idempotency_key_reused' },
      });
      expect(existsSync(join(target(repo), '.git'))).toBe(true);
    });
  });
});
