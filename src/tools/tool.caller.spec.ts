import { Logger } from '@nestjs/common';
import { type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type CountingLocks, type InMemoryGit, untilAborted } from '../../test/support/in-memory-git.js';
import { toolsInMemory } from '../../test/support/tool-calls.js';
import { Lifecycle } from '../observability/lifecycle.service.js';
import { MetricsRegistry } from '../observability/metrics.registry.js';
import { type Scope, SCOPES } from '../shared/principal.js';
import { MessageValidator } from '../validation/message-validator.service.js';
import { type ToolContext } from './tool.js';
import { ToolCaller } from './tool.caller.js';
import { ToolRegistry } from './tool.registry.js';

const repo_path = '/repos/one';

/** The least that each of the first tools accepts, which have ports; the others are tested on repositories. */
const CALLS: readonly (readonly [string, object])[] = [
  ['git_status', {}],
  ['git_diff_unstaged', {}],
  ['git_diff_staged', {}],
  ['git_diff', { target: 'main' }],
  ['git_commit', { message: 'Add the engine' }],
  ['git_add', { files: ['a'] }],
  ['git_reset', {}],
  ['git_log', {}],
  ['git_create_branch', { branch_name: 'topic' }],
  ['git_checkout', { branch_name: 'topic' }],
  ['git_show', { revision: 'HEAD' }],
  ['git_branch', { branch_type: 'local' }],
  ['git_init', {}],
  ['git_push', {}],
  ['git_pull', {}],
  ['git_fetch', {}],
  ['git_clone', { url: 'https://example.org/a.git' }],
  ['git_diff_branches', { base_branch: 'main', compare_branch: 'topic' }],
  ['git_merge', { source_branch: 'topic' }],
  ['git_rebase', { target_branch: 'main' }],
  ['git_cherry_pick', { commit_hash: 'abc1234' }],
  ['git_abort', { operation: 'merge' }],
  ['git_continue', { operation: 'rebase' }],
  ['git_remote', { action: 'list' }],
];

const context = (scopes: readonly Scope[] = SCOPES): ToolContext => ({
  sessionId: 's1',
  requestId: 'r1',
  principal: { name: 'ada', scopes: new Set(scopes) },
  progress: () => undefined,
});

describe('ToolCaller', () => {
  const signal = new AbortController().signal;
  let module: TestingModule;
  let caller: ToolCaller;
  let git: InMemoryGit;
  let locks: CountingLocks;

  const call = (name: string, args: unknown, scopes?: readonly Scope[]) =>
    caller.call(name, args, context(scopes), signal);

  beforeEach(async () => {
    Logger.overrideLogger(false);
    ({ module, git, locks } = await toolsInMemory());
    caller = module.get(ToolCaller);
  });

  afterEach(async () => {
    await module.close();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  it('has a call here for every tool of the ports', () => {
    const names = module
      .get(ToolRegistry)
      .descriptors(context().principal)
      .map(({ name }) => name);

    expect(CALLS.map(([name]) => name)).toEqual(names.slice(0, CALLS.length));
  });

  it.each(CALLS)(
    '%s answers with text and with content that fits its own output schema',
    async (name, args) => {
      const { answer, warnings } = await call(name, { repo_path, ...args });

      const { output } = module.get(ToolRegistry).get(name).spec;
      const verdict = module
        .get(MessageValidator)
        .validate(output, JSON.parse(JSON.stringify(answer.structured)), name);
      expect(verdict.ok ? [] : verdict.issues).toEqual([]);
      expect(answer.text).not.toBe('');
      expect(warnings).toEqual([]);
    },
  );

  it('fills in defaults before a tool runs', async () => {
    await call('git_log', { repo_path });
    await call('git_push', { repo_path });

    expect(git.calls).toEqual([
      [{ maxCount: 10 }],
      [{ remote: 'origin', setUpstream: false, force: false }, expect.any(Function)],
    ]);
  });

  it('hands on every argument of a call', async () => {
    await call('git_push', { repo_path, remote: 'up', branch: 'b', set_upstream: true, force: false });
    await call('git_log', {
      repo_path,
      max_count: 3,
      start_timestamp: '2024-01-15',
      end_timestamp: '2024-01-15',
    });
    await call('git_branch', { repo_path, branch_type: 'all', contains: 'a', not_contains: 'b' });

    expect(git.calls).toEqual([
      [{ remote: 'up', branch: 'b', setUpstream: true, force: false }, expect.any(Function)],
      [{ maxCount: 3, since: 1_705_276_800, until: 1_705_363_199 }],
      [{ type: 'all', contains: 'a', notContains: 'b' }],
    ]);
  });

  it('names the nearest tool for an unknown one', async () => {
    await expect(call('git_comit', {})).rejects.toMatchObject({
      code: 'unknown_tool',
      details: { nearest: 'git_commit' },
    });
  });

  it.each([
    ['git_commit', { message: 'm' }, ['git:read'], 'git:write'],
    ['git_status', {}, ['git:write'], 'git:read'],
    ['git_fetch', {}, ['git:read', 'git:write'], 'git:network'],
    ['git_push', {}, ['git:read', 'git:network'], 'git:write'],
    ['git_remote', { action: 'add', name: 'a', url: 'b' }, ['git:read'], 'git:write'],
  ] as const)('refuses %s %o to a caller with %o, naming the scope', async (name, args, scopes, scope) => {
    await expect(call(name, { repo_path, ...args }, scopes)).rejects.toMatchObject({
      code: 'forbidden',
      details: { scope },
    });
    expect(git.calls).toEqual([]);
  });

  it('lists the remotes for a caller who may only read', async () => {
    await expect(call('git_remote', { repo_path, action: 'list' }, ['git:read'])).resolves.toBeDefined();
  });

  it.each([
    ['a missing argument', 'git_commit', { repo_path }, 'arguments.message'],
    ['no arguments', 'git_status', undefined, 'arguments.repo_path'],
    ['arguments that are no object', 'git_status', [], 'arguments'],
    ['NUL in a path', 'git_status', { repo_path: 'a\0b' }, 'arguments.repo_path'],
    [
      'half a surrogate pair in a message',
      'git_commit',
      { repo_path, message: '\ud800' },
      'arguments.message',
    ],
    [
      'too many files',
      'git_add',
      { repo_path, files: Array.from({ length: 10_001 }, () => 'a') },
      'arguments.files',
    ],
    [
      'a date that is none',
      'git_log',
      { repo_path, start_timestamp: '2024-02-31' },
      'arguments.start_timestamp',
    ],
    ['a URL that the action needs', 'git_remote', { repo_path, action: 'add', name: 'a' }, 'arguments.url'],
  ])('answers %s with validation_failed and the field', async (_, name, args, path) => {
    await expect(call(name, args)).rejects.toMatchObject({
      code: 'validation_failed',
      details: expect.arrayContaining([expect.objectContaining({ path })]) as unknown,
    });
  });

  it('warns of what leniency let pass, by path of the argument', async () => {
    const { warnings } = await call('git_log', {
      repo_path,
      max_count: '5',
      verbose: true,
      start_timestamp: '',
    });

    expect(warnings.map(({ path }) => path)).toEqual([
      'arguments.verbose',
      'arguments.max_count',
      'arguments.start_timestamp',
    ]);
    expect(git.calls).toEqual([[{ maxCount: 5 }]]);
  });

  it('hands on what the policy of paths says', async () => {
    await expect(call('git_status', { repo_path: '/etc' })).rejects.toMatchObject({
      code: 'path_not_allowed',
    });
  });

  it.each([
    ['git_status', {}, 0],
    ['git_push', {}, 0],
    ['git_push', { set_upstream: true }, 1],
    ['git_remote', { action: 'list' }, 0],
    ['git_remote', { action: 'remove', name: 'origin' }, 1],
    ['git_commit', { message: 'm' }, 1],
    ['git_fetch', {}, 1],
  ])('%s %o takes the writer lock %i times and gives it back', async (name, args, taken) => {
    await call(name, { repo_path, ...args });

    expect(locks).toMatchObject({ taken, held: 0 });
  });

  it('gives the writer lock back when the tool fails', async () => {
    git.writes.commit = () => Promise.reject(new Error('boom'));

    await expect(call('git_commit', { repo_path, message: 'm' })).rejects.toMatchObject({
      code: 'internal_error',
    });
    await Promise.resolve();

    expect(locks.held).toBe(0);
  });

  it('keeps the writer lock until the work has settled, though the caller was answered', async () => {
    const end = new AbortController();
    const stubborn = untilAborted(end.signal);
    git.writes.commit = () => stubborn;

    await expect(
      caller.call('git_commit', { repo_path, message: 'm' }, context(), signal, { timeoutMs: 10 }),
    ).rejects.toMatchObject({ code: 'operation_timeout' });
    expect(locks.held).toBe(1);

    end.abort();
    await stubborn.catch(() => undefined);
    await new Promise(setImmediate);
    expect(locks.held).toBe(0);
  });

  it('counts the wait for the writer lock against the deadline', async () => {
    locks.held = 1;

    await expect(
      caller.call('git_commit', { repo_path, message: 'm' }, context(), signal, { timeoutMs: 10 }),
    ).rejects.toMatchObject({ code: 'operation_timeout' });
    expect(git.calls).toEqual([]);
  });

  it('ends a call when its caller gives up', async () => {
    const controller = new AbortController();
    git.reads.status = (_repository, aborted) => untilAborted(aborted);

    const answer = caller.call('git_status', { repo_path }, context(), controller.signal);
    controller.abort();

    await expect(answer).rejects.toMatchObject({ code: 'operation_cancelled' });
  });

  it('refuses calls while the server drains', async () => {
    module.get(Lifecycle).drain();

    await expect(call('git_status', { repo_path })).rejects.toMatchObject({
      code: 'server_draining',
      retryAfterMs: expect.any(Number) as unknown,
    });
  });

  it('measures each call by tool and outcome', async () => {
    await call('git_status', { repo_path });
    await call('git_status', { repo_path: '/etc' }).catch(() => undefined);

    const metrics = await module.get(MetricsRegistry).metrics();

    expect(metrics).toContain(
      'mcp_git_operation_duration_seconds_count{tool="git_status",engine="none",outcome="ok"} 1',
    );
    expect(metrics).toContain(
      'mcp_git_operation_duration_seconds_count{tool="git_status",engine="none",outcome="path_not_allowed"} 1',
    );
    expect(metrics).toContain('mcp_git_validated_messages_total{type="git_status",outcome="accepted"} 2');
  });

  it('shows a caller the tools of its scopes only', () => {
    const names = module
      .get(ToolRegistry)
      .descriptors(context(['git:read']).principal)
      .map(({ name }) => name);

    expect(names).toContain('git_status');
    expect(names).not.toContain('git_commit');
  });
});
