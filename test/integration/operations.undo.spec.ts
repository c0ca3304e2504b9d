import { existsSync, renameSync, rmSync } from 'node:fs';
import { basename } from 'node:path';

import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ServerError } from '../../src/shared/errors/index.js';
import { GitRepository } from '../support/git-repository.js';
import { pictureOf, type RepositoryPicture } from '../support/repository-state.js';
import { ToolsOnGit } from '../support/tools-on-git.js';

const RUNS = Number(process.env['UNDO_RUNS'] ?? 6);
const FILES = ['a.txt', 'b.txt', 'dir/c.txt', 'ünï cödé\n.txt', '-x', 'x.log'];
const BRANCHES = ['main', 'one', 'two'];

type Step =
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly content: string;
      readonly executable: boolean;
      /** In the linked work tree. */
      readonly linked: boolean;
    }
  | { readonly kind: 'delete'; readonly path: string }
  /** The folder of the linked work tree, or its return. */
  | { readonly kind: 'move' }
  | { readonly kind: 'call'; readonly tool: string; readonly args: object };

const path = fc.constantFrom(...FILES);
const branch = fc.constantFrom(...BRANCHES);
/** In arguments it stands for the path of the repository. */
const HERE = '@repo';
const LINKED = `${HERE}-linked`;
const MOVED = `${HERE}-moved`;
const AWAY = `${HERE}-away`;
const stopped = fc.constantFrom('merge', 'rebase', 'cherry-pick', 'revert', 'stash');
/** What each tool is called with; those with `agreed` after a dry run. */
const CALLS: Readonly<Record<string, fc.Arbitrary<object>>> = {
  git_add: fc.constant({ files: ['.'] }),
  git_commit: fc.record({
    message: fc.constant('m'),
    files: fc.constantFrom([], ['.']),
    amend: fc.boolean(),
    allow_empty: fc.boolean(),
    fixup: fc.constantFrom(undefined, undefined, 'HEAD', 'HEAD~1'),
    confirm: fc.constant(true),
  }),
  git_reset: fc.record({
    mode: fc.constantFrom('soft', 'mixed', 'hard', 'keep', 'merge'),
    target: fc.constantFrom(undefined, 'HEAD~1', 'one', 'two'),
    agreed: fc.constant(true),
  }),
  git_create_branch: fc.record({ branch_name: fc.constantFrom('two', 'three') }),
  git_checkout: fc.record({ branch_name: branch }),
  git_merge: fc.record({
    source_branch: branch,
    confirm: fc.constant(true),
    squash: fc.boolean(),
    favor: fc.constantFrom(undefined, 'ours', 'theirs'),
  }),
  git_rebase: fc.record({
    target_branch: fc.oneof(branch, fc.constantFrom('HEAD~1', 'HEAD~2')),
    onto: fc.constantFrom(undefined, undefined, ...BRANCHES),
    autosquash: fc.boolean(),
    update_refs: fc.boolean(),
    favor: fc.constantFrom(undefined, 'ours', 'theirs'),
    confirm: fc.constant(true),
  }),
  git_branch_edit: fc.oneof(
    fc.record({ action: fc.constant('create'), name: fc.constantFrom('two', 'three'), force: fc.boolean() }),
    fc.record({
      action: fc.constant('rename'),
      name: fc.oneof(branch, fc.constant('kept')),
      new_name: fc.constantFrom('three', 'four/a'),
    }),
    fc.record({
      action: fc.constant('delete'),
      name: branch,
      force: fc.boolean(),
      agreed: fc.constant(true),
    }),
    fc.record({ action: fc.constant('set-upstream'), name: branch, upstream: branch }),
    fc.record({ action: fc.constant('unset-upstream'), name: branch }),
  ),
  git_config: fc.record({
    action: fc.constantFrom('set', 'unset'),
    key: fc.constantFrom('pull.rebase', 'branch.one.rebase'),
    value: fc.constantFrom('true', 'merges'),
  }),
  git_remote: fc.record({
    action: fc.constantFrom('add', 'set-url', 'remove', 'rename'),
    name: fc.constantFrom('up', 'down'),
    new_name: fc.constant('down'),
    url: fc.constant(HERE),
  }),
  git_worktree: fc.oneof(
    fc.record({
      action: fc.constant('add'),
      path: fc.constant(LINKED),
      branch: fc.constantFrom(undefined, 'kept'),
      base: branch,
      checkout: fc.boolean(),
      reason: fc.constantFrom(undefined, undefined, 'why'),
    }),
    fc.record({ action: fc.constant('add'), path: fc.constant(LINKED), new_branch: fc.constant('kept') }),
    fc.record({
      action: fc.constant('remove'),
      path: fc.constantFrom(LINKED, LINKED, MOVED),
      force: fc.boolean(),
      agreed: fc.constant(true),
    }),
    fc.record({
      action: fc.constantFrom('lock', 'unlock', 'move'),
      path: fc.constant(LINKED),
      new_path: fc.constant(MOVED),
    }),
    fc.record({ action: fc.constantFrom('prune', 'repair'), path: fc.constantFrom(undefined, AWAY, LINKED) }),
    fc.record({
      action: fc.constant('prune-merged'),
      delete_branches: fc.boolean(),
      agreed: fc.constant(true),
    }),
  ),
  git_bisect: fc.oneof(
    fc.record({
      action: fc.constant('start'),
      bad: fc.constantFrom('HEAD', 'one'),
      good: fc.constant(['HEAD~2']),
    }),
    fc.record({ action: fc.constantFrom('good', 'bad', 'skip') }),
    fc.record({ action: fc.constant('reset'), force: fc.boolean(), agreed: fc.constant(true) }),
  ),
  git_security_enforce: fc.record({ harden: fc.boolean(), disable_hooks: fc.boolean() }),
  git_isolate: fc.record({
    action: fc.constantFrom('start', 'finish'),
    path: fc.constant(`${HERE}-alone`),
    delete_branch: fc.boolean(),
    agreed: fc.constant(true),
  }),
  git_tag: fc.oneof(
    fc.record({
      action: fc.constant('create'),
      name: fc.constantFrom('v1', 'v2'),
      message: fc.constantFrom(undefined, 'annotated'),
      force: fc.boolean(),
      agreed: fc.boolean(),
    }),
    fc.record({ action: fc.constant('delete'), name: fc.constant('v1'), agreed: fc.constant(true) }),
  ),
  git_notes: fc.record({
    action: fc.constantFrom('add', 'append', 'remove'),
    revision: branch,
    message: fc.constantFrom('1', '2'),
    force: fc.boolean(),
    category: fc.constantFrom('commits', 'review'),
    agreed: fc.boolean(),
  }),
  git_cherry_pick: fc.record({
    commit_hash: fc.oneof(branch, fc.constantFrom('HEAD..one', 'HEAD..two', 'HEAD~1..one')),
    no_commit: fc.boolean(),
  }),
  git_revert: fc.record({
    commit_hash: fc.oneof(branch, fc.constant('HEAD~2..HEAD')),
    no_commit: fc.boolean(),
  }),
  git_abort: fc.record({ operation: stopped }),
  git_continue: fc.record({ operation: stopped, skip: fc.boolean() }),
  git_resolve: fc.oneof(
    fc.record({ paths: fc.constant(['.']), side: fc.constantFrom('ours', 'theirs', 'base', 'both') }),
    fc.record({ paths: path.map((one) => [one]), delete: fc.constant(true) }),
  ),
  git_restore: fc.record({ paths: fc.constant(['.']), staged: fc.boolean(), agreed: fc.constant(true) }),
  git_clean: fc.record({ ignored: fc.constantFrom('keep', 'too', 'only'), agreed: fc.constant(true) }),
  git_rm: fc.record({ paths: path.map((one) => [one]), force: fc.constant(true), agreed: fc.constant(true) }),
  git_mv: fc.record({ sources: path.map((one) => [one]), destination: path }),
  git_sparse_checkout: fc.oneof(
    fc.record({
      action: fc.constantFrom('set', 'add'),
      paths: fc.constantFrom(['dir'], ['other']),
      cone: fc.boolean(),
    }),
    fc.record({ action: fc.constantFrom('disable', 'reapply') }),
  ),
  git_stash: fc.oneof(
    fc.record({
      action: fc.constant('push'),
      include_untracked: fc.boolean(),
      keep_index: fc.boolean(),
      staged: fc.constantFrom(false, false, true),
      paths: fc.constantFrom([], [], ['dir']),
    }),
    fc.record({ action: fc.constant('branch'), branch_name: fc.constantFrom('kept', 'three') }),
    fc.record({ action: fc.constantFrom('apply', 'pop', 'pop'), reinstate_index: fc.boolean() }),
    fc.record({ action: fc.constant('drop'), index: fc.nat(1), agreed: fc.constant(true) }),
  ),
};
const calls = Object.entries(CALLS).map(([tool, args]) =>
  args.map((given): Step => ({ kind: 'call', tool, args: given })),
);

/** By hand and by all tools, by one of them more often. */
const steps = fc.constantFrom(...calls).chain((often) =>
  fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .record({
            path,
            content: fc.constantFrom('1\n', '2\n', '3\n'),
            executable: fc.boolean(),
            linked: fc.constantFrom(false, false, true),
          })
          .map((one): Step => ({ kind: 'write', ...one })),
      },
      { weight: 1, arbitrary: path.map((path): Step => ({ kind: 'delete', path })) },
      { weight: 1, arbitrary: fc.constant<Step>({ kind: 'move' }) },
      { weight: 5, arbitrary: often },
      ...calls.map((arbitrary) => ({ weight: 1, arbitrary })),
    ),
    { minLength: 15, maxLength: 25 },
  ),
);

describe('The operation log', () => {
  let tools: ToolsOnGit;
  let root: GitRepository;
  /** Before and after calls that have no entry in the log. */
  const unnoted: (readonly [RepositoryPicture, RepositoryPicture])[] = [];

  beforeEach(async () => {
    Logger.overrideLogger(false);
    root = new GitRepository();
    tools = await ToolsOnGit.start([root.root]);
  });

  afterEach(async () => {
    await tools.close();
    root.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  it('gives back refs, index and work tree bit for bit, for random sequences of calls undone and done again one by one', async () => {
    let rounds = 0;
    let calls = 0;
    const property = fc.asyncProperty(steps, async (sequence) => {
      rounds += 1;
      const repo = new GitRepository({ root: root.root, name: `r${rounds}` });
      prepare(repo);
      const taken: Taken[] = [];
      unnoted.length = 0;
      for (const step of sequence) taken.push(...(await take(repo, step)));
      calls += taken.filter(({ isCall }) => isCall).length;

      for (const [before, after] of unnoted) expect(after).toEqual(before);
      for (const { before, back } of taken.toReversed()) {
        await back();
        expect(pictureOf(repo)).toEqual(before);
      }
      for (const { after, forth } of taken) {
        await forth();
        expect(pictureOf(repo)).toEqual(after);
      }
      repo.fsck();
    });

    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });

    expect(calls).toBeGreaterThan(RUNS);
  }, 600_000);

  /** @returns nothing where the step changed nothing */
  async function take(repo: GitRepository, step: Step): Promise<Taken[]> {
    const before = pictureOf(repo);
    if (step.kind === 'call') {
      const isNew = await isNoted(repo, step);
      const after = pictureOf(repo);
      if (!isNew) unnoted.push([before, after]);
      const call = (tool: string) => () => tools.call(tool, { repo_path: repo.path });
      return isNew ? [{ before, after, isCall: true, back: call('git_undo'), forth: call('git_redo') }] : [];
    }
    if (step.kind === 'move') {
      const places = ['linked', 'away'].map((name) => `${repo.path}-${name}`);
      const [from, to] = existsSync(places[0] ?? '') ? places : places.toReversed();
      if (from === undefined || to === undefined || !existsSync(from) || existsSync(to)) return [];
      await moving(from, to)();
      return [
        { before, after: pictureOf(repo), isCall: false, back: moving(to, from), forth: moving(from, to) },
      ];
    }
    // Where a file stands that is not to be checked out, git forgets that with the next index it writes.
    if (before.index.split('\0').some((entry) => entry.startsWith('S ') && entry.endsWith(`\t${step.path}`)))
      return [];
    if (step.kind === 'write') {
      const linked = `../${basename(repo.path)}-linked/`;
      const path = step.linked && repo.has(linked) ? `${linked}${step.path}` : step.path;
      repo.write(path, step.content, step.executable ? 0o755 : 0o644);
    } else rmSync(repo.file(step.path), { force: true });
    const after = pictureOf(repo);
    const to = (picture: RepositoryPicture) => () => Promise.resolve(restore(repo, picture));
    return [{ before, after, isCall: false, back: to(before), forth: to(after) }];
  }

  async function isNoted(repo: GitRepository, { tool, args }: Step & { kind: 'call' }): Promise<boolean> {
    try {
      const text = JSON.stringify({ repo_path: HERE, agreed: false, ...args }).replaceAll(HERE, repo.path);
      const { agreed, ...given } = JSON.parse(text) as { agreed: boolean };
      const { structured } = await (agreed ? tools.callAgreed(tool, given) : tools.call(tool, given));
      return structured['operation_id'] !== undefined;
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      return error.details !== undefined && 'operation_id' in error.details;
    }
  }
});

interface Taken {
  readonly before: RepositoryPicture;
  readonly after: RepositoryPicture;
  readonly isCall: boolean;
  readonly back: () => Promise<unknown>;
  readonly forth: () => Promise<unknown>;
}

const moving = (from: string, to: string) => () => Promise.resolve(renameSync(from, to));

/** Branches that can be merged with and without conflicts, a commit to fold, and an entry of the stash. */
function prepare(repo: GitRepository): void {
  repo.commitFiles('base', { 'a.txt': '0\n', 'dir/c.txt': '0\n', '.gitignore': '*.log\n' });
  repo.branch('one').branch('two');
  repo.checkout('one').commitFiles('on one', { 'a.txt': '1\n', 'b.txt': '1\n' });
  repo.checkout('two').commitFiles('on two', { 'dir/c.txt': null, 'a.txt': '2\n' });
  repo.checkout('main').commitFiles('on main', { '-x': 'x\n' });
  repo.commitFiles('fixup! on main', { '-x': 'y\n' });
  repo.write('a.txt', 'put away\n').git(['stash', 'push', '--quiet']);
}

/** Takes back what was edited by hand. */
function restore(repo: GitRepository, wanted: RepositoryPicture): void {
  const now = filesIn(pictureOf(repo));
  const files = filesIn(wanted);
  for (const [path, text] of now) {
    if (files.get(path) !== text) rmSync(repo.file(path));
  }
  for (const [path, text] of files) {
    if (now.get(path) === text) continue;
    const [mode = '', ...content] = text.split(' ');
    const bytes = Buffer.from(content.join(' '), 'latin1');
    repo.write(path, bytes, Number.parseInt(mode, 8) & 0o777);
  }
}

/** Of all work trees, relative to the main one. */
function filesIn({ files, linked }: RepositoryPicture): ReadonlyMap<string, string> {
  const others = linked.flatMap((one) =>
    Object.entries(one.files).map(([path, text]) => [`../${basename(one.path)}/${path}`, text] as const),
  );
  return new Map([...Object.entries(files), ...others]);
}
