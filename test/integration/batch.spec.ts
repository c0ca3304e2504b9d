import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { ToolBench } from '../support/tool-bench.js';

type Operation = readonly [tool: string, args?: object];

const operationsOf = (operations: readonly Operation[]) =>
  operations.map(([tool, args = {}]) => ({ tool, arguments: JSON.stringify(args) }));

describe('git_batch', () => {
  let tools: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });
  afterAll(() => tools.close());

  beforeEach(() => {
    repo = new GitRepository({ root: tools.folder() });
    repo.commitFiles('one', { 'a.txt': 'a\n', 'b.txt': 'b\n' });
    repo.branch('topic').checkout('topic');
    repo.commitFiles('two', { 'c.txt': 'c\n' });
  });
  afterEach(() => repo.fsck());

  const batch = (operations: readonly Operation[], args: object = {}) =>
    tools.call('git_batch', { repo_path: repo.path, operations: operationsOf(operations), ...args });
  const log = async () => {
    const { structured } = await tools.call('git_operations', { repo_path: repo.path });
    return structured['operations'] as { tool: string; outcome: string; undone: boolean }[];
  };

  /** What is wrong, and where. */
  const paths = async (operation: { tool: string; arguments: string }) => {
    const refused = tools.call('git_batch', { repo_path: repo.path, operations: [operation] });
    const { code, details } = (await refused.catch((error: unknown) => error)) as {
      code: string;
      details: { path: string }[];
    };
    return [code, ...new Set(details.map(({ path }) => path))];
  };

  it('does all of it, with one entry in the log and one way back', async () => {
    repo.write('a.txt', 'changed\n').write('new.txt', 'new\n');
    const before = pictureOf(repo);

    const { structured } = await batch([
      ['git_add', { files: ['.'] }],
      ['git_commit', { message: 'three' }],
      ['git_tag', { action: 'create', name: 'v1' }],
      ['git_mv', { sources: ['b.txt'], destination: 'moved.txt' }],
      ['git_status'],
    ]);
    const after = pictureOf(repo);
    const entries = await log();
    await tools.call('git_undo', { repo_path: repo.path });
    const undone = pictureOf(repo);
    await tools.call('git_redo', { repo_path: repo.path });

    const results = structured['results'] as { index: number; tool: string; answer: string }[];
    expect(results.map(({ index, tool }) => [index, tool])).toEqual([
      [0, 'git_add'],
      [1, 'git_commit'],
      [2, 'git_tag'],
      [3, 'git_mv'],
      [4, 'git_status'],
    ]);
    expect(results[4]?.answer).toContain('moved.txt');
    expect(entries.map(({ tool, outcome }) => [tool, outcome])).toEqual([['git_batch', 'done']]);
    expect(undone).toEqual(before);
    expect(pictureOf(repo)).toEqual(after);
  });

  it('takes everything back where an operation fails, files that are in no commit included', async () => {
    repo.write('a.txt', 'work in progress\n').write('new.txt', 'new\n');
    const before = pictureOf(repo);

    const failed = batch([
      ['git_add', { files: ['new.txt'] }],
      ['git_commit', { message: 'three' }],
      ['git_stash', { action: 'push' }],
      ['git_checkout', { branch_name: 'main' }],
      ['git_checkout', { branch_name: 'no-such-branch' }],
    ]);

    await expect(failed).rejects.toMatchObject({
      code: 'revision_not_found',
      details: { index: 4, tool: 'git_checkout', rolled_back: true },
    });
    expect(pictureOf(repo)).toEqual(before);
    expect((await log()).map(({ tool, outcome, undone }) => [tool, outcome, undone])).toEqual([
      ['git_batch', 'done', false],
      ['git_batch', 'failed', true],
    ]);
  });

  it('takes back a merge that stopped at a conflict', async () => {
    repo.checkout('main').commitFiles('other', { 'c.txt': 'other\n' });
    repo.checkout('topic');
    const before = pictureOf(repo);

    const failed = batch([
      ['git_create_branch', { branch_name: 'extra' }],
      ['git_merge', { source_branch: 'main' }],
    ]);

    await expect(failed).rejects.toMatchObject({ code: 'merge_conflict', details: { rolled_back: true } });
    expect(pictureOf(repo)).toEqual(before);
    expect(repo.git(['status'])).not.toContain('merging');
  });

  it.each<[what: string, Operation, why: string]>([
    ['the network', ['git_fetch'], 'network'],
    ['a batch', ['git_batch', { operations: operationsOf([['git_status']]) }], 'itself'],
    ['an undo', ['git_undo'], 'itself'],
    ['another repository', ['git_init', { initial_branch: 'main' }], 'repository'],
    ['another work tree', ['git_worktree', { action: 'prune' }], 'work trees'],
    ['hardened settings', ['git_security_enforce', { harden: true }], 'taken back'],
  ])('refuses %s before anything is done', async (_what, operation, why) => {
    const before = pictureOf(repo);

    const refused = batch([['git_create_branch', { branch_name: 'extra' }], operation]);

    await expect(refused).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'not-in-a-batch', index: 1, why: expect.stringContaining(why) as unknown },
    });
    expect(pictureOf(repo)).toEqual(before);
  });

  it('says which argument of which operation is wrong', async () => {
    expect(await paths({ tool: 'git_add', arguments: '{"files":[3]}' })).toEqual([
      'validation_failed',
      'arguments.operations.0.arguments.files',
    ]);
    expect(await paths({ tool: 'git_add', arguments: 'files' })).toEqual([
      'validation_failed',
      'arguments.operations.0.arguments',
    ]);
    expect(await paths({ tool: 'git_status', arguments: '{"repo_path":"/elsewhere"}' })).toEqual([
      'validation_failed',
      'arguments.operations.0.arguments.repo_path',
    ]);
  });

  it('needs the scopes of what is in it, and the tools of the session', async () => {
    const reader = { name: 'ada', scopes: new Set(['git:read'] as const) };
    const reads = { repo_path: repo.path, operations: operationsOf([['git_status'], ['git_log']]) };
    const writes = { repo_path: repo.path, operations: operationsOf([['git_status'], ['git_reset']]) };

    const { structured } = await tools.call('git_batch', reads, { principal: reader });

    expect(structured['results']).toHaveLength(2);
    await expect(tools.call('git_batch', writes, { principal: reader })).rejects.toMatchObject({
      code: 'forbidden',
      details: { scope: 'git:write' },
    });
    expect(await log()).toEqual([]);
  });

  it('plans all of it, and is agreed to as a whole', async () => {
    repo.write('new.txt', 'new\n').write('a.txt', 'changed\n');
    const before = pictureOf(repo);
    const operations: Operation[] = [
      ['git_add', { files: ['a.txt'] }],
      ['git_commit', { message: 'three' }],
      ['git_clean', {}],
    ];

    const { structured, text } = await batch(operations, { dry_run: true });
    await expect(batch(operations, { confirm: true })).rejects.toMatchObject({
      details: { reason: 'confirmation_required' },
    });
    const untouched = pictureOf(repo);
    await batch(operations, { confirm: true, plan_token: structured['plan_token'] });
    const isGone = !repo.has('new.txt');
    await tools.call('git_undo', { repo_path: repo.path });

    expect(structured['effects']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: '0 git_add: stage', subject: 'a.txt' }),
        expect.objectContaining({ subject: 'new.txt' }),
      ]),
    );
    expect(text).toContain('1 git_commit: as things are now it would fail');
    expect([untouched, isGone, pictureOf(repo)]).toEqual([before, true, before]);
  });

  it('does nothing that is worse than what was agreed to, because of an operation before it', async () => {
    repo.write('new.txt', 'new\n');
    const before = pictureOf(repo);
    const operations: Operation[] = [['git_rm', { paths: ['a.txt'], cached: true }], ['git_clean']];
    const { structured } = await batch(operations, { dry_run: true });

    const refused = batch(operations, { confirm: true, plan_token: structured['plan_token'] });

    await expect(refused).rejects.toMatchObject({
      details: { reason: 'plan_changed', index: 1, rolled_back: true },
    });
    expect(pictureOf(repo)).toEqual(before);
  });

  it('is no way round the protection of a branch', async () => {
    const before = pictureOf(repo);

    const refused = batch([
      ['git_checkout', { branch_name: 'main' }],
      ['git_merge', { source_branch: 'topic' }],
    ]);

    await expect(refused).rejects.toMatchObject({ details: { index: 1, rolled_back: true } });
    expect(pictureOf(repo)).toEqual(before);
  });

  it('asks for what is in it as a whole', async () => {
    repo.checkout('main');
    const asked: string[] = [];

    await tools.call(
      'git_batch',
      {
        repo_path: repo.path,
        operations: operationsOf([['git_merge', { source_branch: 'topic' }], ['git_status']]),
      },
      {
        ask: ({ message }) => {
          asked.push(message);
          return Promise.resolve('accepted');
        },
      },
    );

    expect(asked).toEqual(['Merge "topic" into the protected branch "main" of the repository "repo"?']);
    expect(repo.head()).toBe(repo.revision('topic'));
  });

  it('lets nobody in between', async () => {
    const commit = (message: string, path: string): Operation[] => {
      repo.write(path, `${message}\n`);
      return [
        ['git_add', { files: [path] }],
        ['git_commit', { message }],
      ];
    };
    const batches = ['x', 'y', 'z'].map((name) =>
      tools.call(
        'git_batch',
        {
          repo_path: repo.path,
          operations: operationsOf([...commit(`${name} 1`, `${name}1`), ...commit(`${name} 2`, `${name}2`)]),
        },
        { sessionId: name },
      ),
    );

    await Promise.all(batches);

    const subjects = repo.git(['log', '--reverse', '--format=%s', 'topic', '-n6']).trim().split('\n');
    const pairs = [subjects.slice(0, 2), subjects.slice(2, 4), subjects.slice(4, 6)];
    expect(pairs.map(([one, two]) => [one?.slice(-1), one?.slice(0, 1) === two?.slice(0, 1)])).toEqual([
      ['1', true],
      ['1', true],
      ['1', true],
    ]);
    expect(repo.status()).toBe('');
  });

  it('is done once for an idempotency key, and can be done with it after it has failed', async () => {
    const good: Operation[] = [['git_create_branch', { branch_name: 'extra' }]];
    const key = { idempotency_key: 'k1' };
    repo.git(['branch', 'extra']);

    await expect(batch([['git_tag', { action: 'create', name: 'v1' }], ...good], key)).rejects.toMatchObject({
      details: { rolled_back: true },
    });
    repo.git(['branch', '-D', 'extra']);
    const first = await batch(good, key);
    const second = await batch(good, key);

    expect(second).toEqual(first);
    expect((await log()).filter(({ outcome, undone }) => outcome === 'done' && !undone)).toHaveLength(2);
  });

  it('takes an object for the JSON text of the arguments, as models like to send', async () => {
    const { structured } = await tools.call('git_batch', {
      repo_path: repo.path,
      operations: [
        { tool: 'git_create_branch', arguments: { branch_name: 'extra' } },
        { tool: 'git_status' },
      ],
    });

    expect(structured['results']).toHaveLength(2);
    expect(repo.revision('extra')).toBe(repo.head());
  });
});
