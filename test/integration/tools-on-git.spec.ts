import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Logger } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { AppConfig } from '../../src/config/app.config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { SCOPES } from '../../src/shared/principal.js';
import { ToolCaller } from '../../src/tools/tool.caller.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { ToolsModule } from '../../src/tools/tools.module.js';
import { MessageValidator } from '../../src/validation/message-validator.service.js';
import { GitRepository } from '../support/git-repository.js';

type Structured = Record<string, unknown>;

describe('The tools on real repositories', () => {
  let repo: GitRepository;
  let module: TestingModule;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    repo = new GitRepository();
    const config = new AppConfig();
    config.git.roots = [repo.root];
    module = await Test.createTestingModule({
      imports: [ConfigModule.forRoot(config), ObservabilityModule, ScheduleModule.forRoot(), ToolsModule],
    }).compile();
    await module.init();
  });

  afterEach(async () => {
    await module.close();
    repo.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  /** Calls a tool as a client does, and checks that the answer fits the schema that clients were shown. */
  async function call(name: string, args: object = {}): Promise<{ text: string; structured: Structured }> {
    const context = {
      sessionId: 's1',
      requestId: 'r1',
      principal: { name: 'ada', scopes: new Set(SCOPES) },
      progress: () => undefined,
    };
    const { answer } = await module
      .get(ToolCaller)
      .call(name, { repo_path: repo.path, ...args }, context, new AbortController().signal);
    const { operation_id: _noted, ...structured } = JSON.parse(
      JSON.stringify(answer.structured),
    ) as Structured;
    const { output } = module.get(ToolRegistry).get(name).spec;
    const verdict = module.get(MessageValidator).validate(output, structured, name);
    expect(verdict.ok ? verdict.warnings : verdict.issues).toEqual([]);
    return { text: answer.text, structured };
  }

  it('goes from an empty folder to a history', async () => {
    const repo_path = join(repo.root, 'made');
    const made = await call('git_init', { repo_path, initial_branch: 'trunk' });
    expect(made.structured).toEqual({ path: repo_path, bare: false });

    const fresh = await call('git_status', { repo_path });
    expect(fresh.structured).toMatchObject({ branch: 'trunk', head: null, entries: [] });
    expect(fresh.text).toContain('No commits yet');
    await expect(call('git_commit', { repo_path, message: 'nothing' })).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'nothing-staged' },
    });
  });

  it('stages, unstages, commits and shows what was committed', async () => {
    repo.commitFiles('first', { 'a.txt': 'one\n' });
    repo.write('a.txt', 'two\n').write('ünï cödé.txt', 'new\n');

    const before = await call('git_status');
    expect(before.text).toContain('Changes not staged for commit:\n  modified:   a.txt');
    expect(before.text).toContain('Untracked files:\n  ünï cödé.txt');
    expect((await call('git_diff_unstaged')).text).toContain('-one\n+two');
    expect((await call('git_add', { files: ['.'] })).structured).toEqual({
      paths: ['a.txt', 'ünï cödé.txt'],
    });
    expect((await call('git_diff_staged')).structured).toMatchObject({ truncated: false, files: [{}, {}] });
    expect((await call('git_reset')).structured).toEqual({ paths: ['a.txt', 'ünï cödé.txt'] });
    await call('git_add', { files: ['a.txt'] });

    const commit = await call('git_commit', { message: 'second\n\nwith a body' });
    expect(commit.structured).toEqual({ branch: 'main', head: repo.head(), subject: 'second', files: 1 });
    const log = await call('git_log', { max_count: 5 });
    expect(log.structured['commits']).toMatchObject([
      { sha: repo.head(), message: 'second\n\nwith a body\n' },
      {},
    ]);
    const shown = await call('git_show', { revision: 'HEAD' });
    expect(shown.text).toContain(`commit ${repo.head()}`);
    expect(shown.text).toContain('-one\n+two');
    await expect(call('git_show', { revision: 'nowhere' })).rejects.toMatchObject({
      code: 'revision_not_found',
    });
  });

  it('finds commits between two dates', async () => {
    repo.commit('old', Date.UTC(2024, 0, 10, 12) / 1_000);
    const wanted = repo.commit('wanted', Date.UTC(2024, 0, 15, 23, 59, 59) / 1_000);
    repo.commit('new', Date.UTC(2024, 0, 16) / 1_000);

    const log = await call('git_log', { start_timestamp: '2024-01-15', end_timestamp: 'Jan 15 2024' });

    expect(log.structured['commits']).toMatchObject([{ sha: wanted }]);
  });

  it('branches, compares and merges', async () => {
    repo.commitFiles('base', { 'a.txt': 'base\n' });

    await call('git_create_branch', { branch_name: 'topic' });
    expect((await call('git_checkout', { branch_name: 'topic' })).structured).toMatchObject({
      branch: 'topic',
    });
    repo.commitFiles('on topic', { 'b.txt': 'topic\n' });
    await call('git_checkout', { branch_name: 'main' });
    const branches = await call('git_branch', { branch_type: 'local' });
    expect(branches.structured['branches']).toMatchObject([
      { name: 'main', current: true },
      { name: 'topic', current: false, subject: 'on topic' },
    ]);
    const compared = await call('git_diff_branches', { base_branch: 'main', compare_branch: 'topic' });
    expect(compared.structured['files']).toMatchObject([{ path: 'b.txt', status: 'A' }]);
    expect((await call('git_diff', { target: 'topic' })).structured['files']).toMatchObject([
      { path: 'b.txt', status: 'D' },
    ]);

    const merged = await call('git_merge', {
      source_branch: 'topic',
      confirm: true,
      no_fast_forward: true,
      message: 'bring it in',
    });
    expect(merged.structured).toMatchObject({ branch: 'main', outcome: 'merged', head: repo.head() });
    expect((await call('git_merge', { source_branch: 'topic', confirm: true })).structured).toMatchObject({
      outcome: 'already-up-to-date',
    });
  });

  it.each(['merge', 'rebase', 'cherry-pick'] as const)(
    'stops a %s at a conflict, and aborts or continues it',
    async (operation) => {
      const { main } = repo.diverge();
      const start = {
        merge: () => call('git_merge', { source_branch: 'other', confirm: true }),
        rebase: () => call('git_rebase', { target_branch: 'other', confirm: true }),
        'cherry-pick': () => call('git_cherry_pick', { commit_hash: 'other' }),
      }[operation];

      await expect(start()).rejects.toMatchObject({
        code: 'merge_conflict',
        details: { operation, paths: ['file.txt'] },
      });
      expect((await call('git_status')).structured).toMatchObject({
        operation,
        entries: [{ path: 'file.txt' }],
      });
      await call('git_abort', { operation });
      expect(repo.head()).toBe(main);
      expect(repo.status()).toBe('');

      await expect(start()).rejects.toMatchObject({ code: 'merge_conflict' });
      await expect(call('git_continue', { operation })).rejects.toMatchObject({ code: 'merge_conflict' });
      repo.write('file.txt', 'both\n');
      await call('git_add', { files: ['file.txt'] });
      await call('git_continue', { operation });
      expect(repo.read('file.txt')).toBe('both\n');
      expect((await call('git_status')).structured['operation']).toBeUndefined();
    },
  );

  it('rebases without a conflict', async () => {
    repo.commitFiles('base', { 'a.txt': 'base\n' });
    repo.branch('topic');
    repo.commitFiles('on main', { 'b.txt': 'main\n' });
    repo.checkout('topic');
    repo.commitFiles('on topic', { 'c.txt': 'topic\n' });

    const rebased = await call('git_rebase', { target_branch: 'main' });

    expect(rebased.structured).toEqual({ branch: 'topic', head: repo.head(), rewritten: 1 });
  });

  it('clones, pushes, fetches and pulls', async () => {
    repo.commitFiles('base', { 'a.txt': 'base\n' });
    const remote = repo.cloneBare();
    const one = join(repo.root, 'one');
    const two = join(repo.root, 'two');

    const cloned = await call('git_clone', { url: remote.path, repo_path: one });
    expect(cloned.structured).toEqual({ path: one, bare: false, branch: 'main', head: repo.head() });
    await call('git_clone', { url: remote.path, repo_path: two });

    await call('git_create_branch', { repo_path: one, branch_name: 'topic' });
    await call('git_checkout', { repo_path: one, branch_name: 'topic' });
    writeFileSync(join(one, 'b.txt'), 'pushed\n');
    await call('git_add', { repo_path: one, files: ['b.txt'] });
    const { structured: commit } = await call('git_commit', { repo_path: one, message: 'to push' });
    const pushed = await call('git_push', { repo_path: one, branch: 'topic', set_upstream: true });
    expect(pushed.structured['updates']).toMatchObject([{ to: commit['head'], outcome: 'new' }]);

    const fetched = await call('git_fetch', { repo_path: two });
    expect(fetched.structured['updates']).toMatchObject([{ to: commit['head'] }]);
    const pulled = await call('git_pull', { repo_path: two, branch: 'topic', confirm: true });
    expect(pulled.structured).toMatchObject({
      branch: 'main',
      head: commit['head'],
      outcome: 'fast-forward',
    });
  });

  it('lists and changes remotes', async () => {
    repo.commit('base');
    const url = repo.cloneBare().path;

    expect((await call('git_remote', { action: 'list' })).structured).toEqual({ remotes: [] });
    await call('git_remote', { action: 'add', name: 'up', url });
    await call('git_remote', { action: 'rename', name: 'up', new_name: 'down' });
    const asked = await call('git_remote', { action: 'get-url', name: 'down' });
    expect(asked.structured).toEqual({ remotes: [{ name: 'down', fetch_url: url, push_url: url }] });
    expect(asked.text).toBe(`down\t${url} (fetch)\ndown\t${url} (push)`);
    await expect(call('git_remote', { action: 'get-url', name: 'up' })).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'no-such-remote' },
    });
    await call('git_remote', { action: 'remove', name: 'down' });
    expect((await call('git_remote', { action: 'list' })).structured).toEqual({ remotes: [] });
  });

  it('reaches nothing outside the roots', async () => {
    const elsewhere = new GitRepository();
    try {
      await expect(call('git_status', { repo_path: elsewhere.path })).rejects.toMatchObject({
        code: 'path_not_allowed',
      });
    } finally {
      elsewhere.remove();
    }
  });
});
