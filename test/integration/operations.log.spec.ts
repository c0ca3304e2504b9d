import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { ToolsOnGit } from '../support/tools-on-git.js';

const LOG = ['for-each-ref', '--format=%(refname)', 'refs/mcp-git/'];

describe.each(['sha1', 'sha256'] as const)('The log of operations on a repository of %s', (objectFormat) => {
  let repo: GitRepository;
  let tools: ToolsOnGit;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    repo = new GitRepository({ objectFormat });
    repo.commitFiles('base', { 'a.txt': 'a\n' });
    tools = await ToolsOnGit.start([repo.root]);
  });

  afterEach(async () => {
    await tools.close();
    repo.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  const call = (name: string, args: object = {}, caller = 'ada') =>
    tools.call(
      name,
      { repo_path: repo.path, ...args },
      {
        principal: { name: caller, scopes: new Set(['git:read', 'git:write', 'git:network']) },
        sessionId: `of ${caller}`,
      },
    );
  const operations = async (args: object = {}) =>
    (await call('git_operations', args)).structured as {
      operations: Record<string, unknown>[];
      changes?: object[];
    };
  const commit = async (path: string, args: object = {}) => {
    repo.write(path, `${path}\n`);
    await call('git_add', { files: [path] });
    return (await call('git_commit', { message: `add ${path}`, ...args })).structured;
  };

  it('says who did what, and what it changed', async () => {
    const before = repo.head();
    const { operation_id, head } = await commit('b.txt');

    expect(
      (await operations()).operations.map(({ tool, principal, session }) => [tool, principal, session]),
    ).toEqual([
      ['git_commit', 'ada', 'of ada'],
      ['git_add', 'ada', 'of ada'],
    ]);
    expect(await operations({ operation_id })).toEqual({
      operations: [
        expect.objectContaining({
          id: operation_id,
          arguments: expect.stringContaining('"message":"add b.txt"'),
          changed: true,
        }),
      ],
      changes: [{ action: 'move', subject: 'refs/heads/main', from: before, to: head }],
    });
  });

  it('has no entry of what changed nothing', async () => {
    await call('git_add', { files: ['.'] });
    await call('git_commit', { message: 'm' }).catch(() => undefined);

    expect((await operations()).operations).toEqual([]);
  });

  it('outlives the server, and git collects nothing that it needs', async () => {
    const before = pictureOf(repo);
    await commit('b.txt');
    await tools.close();
    repo.git(['reflog', 'expire', '--expire=now', '--all']);
    repo.git(['update-ref', 'refs/heads/other', 'HEAD~1']);
    tools = await ToolsOnGit.start([repo.root]);
    await call('git_undo');
    repo.git(['reflog', 'expire', '--expire=now', '--all']);
    repo.git(['gc', '--quiet', '--prune=now']);

    const { structured } = await call('git_redo');
    await call('git_undo');
    await call('git_undo');

    expect(structured).toMatchObject({ tool: 'git_commit' });
    repo.git(['update-ref', '-d', 'refs/heads/other']);
    expect(pictureOf(repo)).toEqual({ ...before, files: expect.anything() as unknown });
    repo.fsck();
  });

  it('takes back and does again in order, and names what is left', async () => {
    const first = (await commit('b.txt')).operation_id;
    const done = pictureOf(repo);
    const second = (await call('git_create_branch', { branch_name: 'x' })).structured['operation_id'];

    expect((await call('git_undo')).structured).toMatchObject({
      restored: second,
      tool: 'git_create_branch',
    });
    expect((await call('git_undo')).structured).toMatchObject({ restored: first });
    await expect(call('git_undo', { operation_id: first })).rejects.toMatchObject({
      details: { reason: 'undone' },
    });
    expect((await call('git_redo')).structured).toMatchObject({ restored: first });
    expect(pictureOf(repo)).toEqual(done);
    expect((await call('git_redo')).structured).toMatchObject({ restored: second });
    await expect(call('git_redo')).rejects.toMatchObject({ details: { reason: 'nothing-to-redo' } });
    expect(repo.revision('x')).toBe(repo.head());
  });

  it('takes back an older operation where nothing newer builds on it', async () => {
    const { structured } = await call('git_create_branch', { branch_name: 'x' });
    await commit('b.txt');

    await call('git_undo', { operation_id: structured['operation_id'] });

    expect(repo.git(['branch', '--format=%(refname:short)']).trim()).toBe('main');
    expect(repo.read('b.txt')).toBe('b.txt\n');
  });

  it('refuses where newer work would be lost, and names it', async () => {
    const { operation_id } = await commit('b.txt');
    repo.write('c.txt', 'c').stage('c.txt').commit('by hand');
    const before = pictureOf(repo);

    await expect(call('git_undo', { operation_id })).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'newer_work', refs: ['refs/heads/main'] },
    });
    expect(pictureOf(repo)).toEqual(before);
  });

  it('refuses where a file that it would write was changed since', async () => {
    repo.branch('x').checkout('x').commitFiles('on x', { 'a.txt': 'x\n', 'n.txt': 'n\n' });
    repo.checkout('main');
    await call('git_checkout', { branch_name: 'x' });
    repo.write('a.txt', 'mine\n');
    const before = pictureOf(repo);

    await expect(call('git_undo')).rejects.toMatchObject({
      details: { reason: 'newer_work', paths: ['a.txt'] },
    });
    expect(pictureOf(repo)).toEqual(before);
    repo.write('a.txt', 'x\n').write('other.txt', 'stays\n');
    await call('git_undo');
    expect({ branch: repo.currentBranch(), has: repo.has('n.txt'), other: repo.read('other.txt') }).toEqual({
      branch: 'main',
      has: false,
      other: 'stays\n',
    });
  });

  it('takes back a merge that stopped at a conflict, named by the error', async () => {
    repo.diverge();
    const before = pictureOf(repo);

    const failed = await call('git_merge', { source_branch: 'other', confirm: true }).catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({
      code: 'merge_conflict',
      details: { operation_id: expect.any(String) as unknown },
    });
    await call('git_undo');

    expect(pictureOf(repo)).toEqual(before);
    expect(repo.git(['status'])).not.toContain('merging');
    await call('git_redo');
    expect(repo.git(['status'])).toContain('You have unmerged paths');
  });

  it('says in a dry run of an undo what it would change, and changes nothing', async () => {
    const { head } = await commit('b.txt');
    const before = pictureOf(repo);

    const { structured } = await call('git_undo', { dry_run: true });

    expect(structured['effects']).toEqual([
      { action: 'move', subject: 'refs/heads/main', from: head, to: repo.revision('HEAD~1') },
    ]);
    expect(pictureOf(repo)).toEqual(before);
  });

  it('answers a repeated key with the first result, also after a restart, and at the same time', async () => {
    repo.write('b.txt', 'b\n').stage('b.txt');
    const args = { message: 'once', idempotency_key: 'k1' };

    const both = await Promise.all([call('git_commit', args), call('git_commit', args)]);
    await tools.close();
    tools = await ToolsOnGit.start([repo.root]);
    const again = await call('git_commit', args);

    expect(both[1]).toEqual(both[0]);
    expect(again).toEqual(both[0]);
    expect(repo.git(['rev-list', '--count', 'HEAD']).trim()).toBe('2');
  });

  it('refuses a key for another call, and takes it for none of another caller', async () => {
    const args = { branch_name: 'x', idempotency_key: 'k' };
    await call('git_create_branch', args);

    await expect(call('git_create_branch', { ...args, branch_name: 'y' })).rejects.toMatchObject({
      details: { reason: 'idempotency_key_reused' },
    });
    await expect(call('git_create_branch', args, 'eve')).rejects.toMatchObject({
      details: { reason: 'branch-exists' },
    });
    await call('git_create_branch', { ...args, branch_name: 'y' }, 'eve');
  });

  it('is in no clone', async () => {
    await commit('b.txt');
    expect(repo.git(LOG)).not.toBe('');

    expect(repo.cloneBare().git(LOG)).toBe('');
  });

  it('says of removed content of Git LFS that it is not kept, and takes back nothing else in their place', async () => {
    const { head } = await commit('b.txt');
    repo.addOrigin();
    await call('git_lfs_transfer', { action: 'prune' });
    const [last, older] = (await operations()).operations;

    expect(last).toMatchObject({ tool: 'git_lfs_transfer', changed: false, limit: 'not-kept' });
    await expect(call('git_undo')).rejects.toMatchObject({
      details: { reason: 'not-kept', operation_id: last?.['id'] },
    });
    expect(repo.head()).toBe(head);

    await call('git_undo', { operation_id: older?.['id'] });
    expect(repo.head()).not.toBe(head);
  });

  it('does not take away the branch of another work tree', async () => {
    const path = `${repo.root}/linked`;
    await call('git_create_branch', { branch_name: 'linked' });
    repo.git(['worktree', 'add', '--quiet', path, 'linked']);

    await expect(call('git_undo')).rejects.toMatchObject({
      details: { reason: 'checked-out', worktree: path },
    });
    repo.git(['worktree', 'remove', path]);
    await call('git_undo');

    expect(repo.git(['branch', '--list', 'linked'])).toBe('');
  });

  it('is of the work tree where it was done', async () => {
    repo.git(['worktree', 'add', '--quiet', '-b', 'linked', `${repo.root}/linked`]);
    const linked = { repo_path: `${repo.root}/linked` };
    repo.git(['-C', `${repo.root}/linked`, 'rm', '--quiet', '--cached', 'a.txt']);
    const { structured } = await tools.call('git_reset', linked);

    await expect(call('git_undo', { operation_id: structured['operation_id'] })).rejects.toMatchObject({
      details: { reason: 'other-work-tree' },
    });
    await tools.call('git_undo', linked);
    expect(repo.git(['-C', `${repo.root}/linked`, 'ls-files'])).toBe('');
  });
});
