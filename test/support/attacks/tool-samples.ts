import { join } from 'node:path';

import { type ToolDescriptor } from '../../../src/tools/tool.registry.js';
import { type AttackPlace } from './attack-place.js';

type Arguments = Record<string, unknown>;
type Property = {
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Property;
  minimum?: number;
};

/** What a field of this name is given where nothing else is known of it. The first that fits counts. */
const BY_NAME: readonly (readonly [RegExp, unknown])[] = [
  [/^(branch_name|new_name|new_branch|tag_name)$/, 'fresh'],
  [/^(remote|name)$/, 'origin'],
  [/upstream/, 'origin/main'],
  [/branch|source/, 'other'],
  [/commit|revision|ref|target|base|onto|oid|sha|head|from|to$/, 'HEAD~1'],
  [/path|file/, 'b.txt'],
  [/message|reason|title|description/, 'some words'],
  [/pattern|query|search|grep/, 'one'],
  [/key/, 'user.name'],
];
/** Where the schema and the names of fields do not say enough. */
const BY_TOOL: Readonly<Record<string, (place: AttackPlace) => readonly Arguments[]>> = {
  git_batch: ({ repo }) => [
    {
      repo_path: repo,
      operations: [
        { tool: 'git_add', arguments: '{"files":["b.txt"]}' },
        { tool: 'git_commit', arguments: '{"message":"some words"}' },
        { tool: 'git_status' },
      ],
    },
  ],
  git_clone: ({ roots, remote }) => [{ url: remote, repo_path: join(roots, 'fresh') }],
  git_commit: ({ repo }) => [
    { repo_path: repo, message: 'some words', files: ['b.txt'], trailers: ['Acked-by: Ada'] },
    { repo_path: repo, fixup: 'HEAD', allow_empty: true, author: 'Ada <ada@example.org>' },
    { repo_path: repo, amend: true, confirm: true },
  ],
  git_reset: ({ repo }) => [
    { repo_path: repo },
    ...['soft', 'mixed', 'hard', 'keep', 'merge'].map((mode) => ({
      repo_path: repo,
      mode,
      target: 'HEAD~1',
      confirm: true,
    })),
  ],
  git_config: ({ repo }) => [
    { repo_path: repo, action: 'list' },
    { repo_path: repo, action: 'set', key: 'user.name', value: 'Ada' },
    { repo_path: repo, action: 'get', key: 'user.name' },
    { repo_path: repo, action: 'unset', key: 'user.name' },
  ],
  git_security_enforce: ({ repo }) => [{ repo_path: repo, harden: true }],
  git_init: ({ roots }) => [{ repo_path: join(roots, 'fresh') }],
  git_set_working_dir: ({ repo }) => [{ path: repo }, { clear: true }],
  git_cat_file: ({ repo }) => [{ repo_path: repo, path: 'b.txt' }],
  git_checkout: ({ repo }) => [{ repo_path: repo, branch_name: 'spare' }],
  git_pull: ({ repo }) => [{ repo_path: repo, branch: 'ahead', confirm: true }],
  git_push: ({ repo }) => [
    { repo_path: repo },
    { repo_path: repo, branch: 'spare', set_upstream: true },
    { repo_path: repo, branch: 'spare', force: true, dry_run: true },
    { repo_path: repo, branch: 'spare', force: true },
  ],
  git_fetch: ({ repo }) => [{ repo_path: repo, prune: true }],
  git_worktree: ({ repo, roots }) => {
    const paths = { repo_path: repo, path: join(roots, 'worktree') };
    const actions = ['add', 'list', 'lock', 'unlock', 'repair', 'prune', 'remove'];
    return actions.map((action) => ({ ...paths, action, ...(action === 'add' && { branch: 'spare' }) }));
  },
  git_resolve: ({ repo }) => [
    { repo_path: repo, paths: ['b.txt'], side: 'both' },
    { repo_path: repo, paths: ['b.txt'], content: 'x' },
    { repo_path: repo, paths: ['b.txt'], delete: true },
  ],
  git_sparse_checkout: ({ repo }) =>
    ['list', 'set', 'add', 'reapply', 'disable'].map((action) => ({
      repo_path: repo,
      action,
      paths: ['folder'],
    })),
  git_lfs: ({ repo }) =>
    ['list', 'status', 'track', 'untrack'].map((action) => ({
      repo_path: repo,
      action,
      patterns: ['*.bin'],
    })),
  git_submodule: ({ repo }) =>
    ['list', 'init', 'sync', 'deinit'].map((action) => ({ repo_path: repo, action })),
  git_submodule_update: ({ repo, remote }) => [
    { repo_path: repo, action: 'add', url: remote, path: 'inner' },
    { repo_path: repo, action: 'update' },
  ],
  git_isolate: ({ repo, roots }) => {
    const paths = { repo_path: repo, path: join(roots, 'isolated') };
    return ['start', 'list', 'finish'].map((action) => ({ ...paths, action, branch: 'fresh' }));
  },
  git_stage_hunks: ({ repo }) => [{ repo_path: repo, path: 'b.txt', start_line: 1, end_line: 1 }],
  git_unstage_hunks: ({ repo }) => [{ repo_path: repo, path: 'b.txt', start_line: 1, end_line: 1 }],
  git_grep: ({ repo }) => [
    { repo_path: repo, pattern: '.', untracked: true, context_lines: 2 },
    { repo_path: repo, pattern: 'one', where: 'index' },
    { repo_path: repo, pattern: 'one', revision: 'HEAD', syntax: 'perl', files_only: true },
  ],
  git_ls_files: ({ repo }) =>
    ['tracked', 'untracked', 'ignored', 'modified', 'deleted', 'unmerged'].map((which) => ({
      repo_path: repo,
      which,
    })),
  git_merge_base: ({ repo }) =>
    ['best', 'all', 'is-ancestor', 'fork-point'].map((question) => ({
      repo_path: repo,
      commits: ['main', 'other'],
      question,
    })),
  git_shortlog: ({ repo }) => [
    { repo_path: repo },
    { repo_path: repo, churn: true, paths: ['a.txt'] },
    { repo_path: repo, group_by: 'co-author' },
  ],
  git_merge_tree: ({ repo }) => [{ repo_path: repo, theirs: 'other' }],
  git_range_diff: ({ repo }) => [{ repo_path: repo, old: 'main', new: 'other' }],
  git_cherry: ({ repo }) => [{ repo_path: repo, upstream: 'other' }],
  git_reflog: ({ repo }) => [{ repo_path: repo }, { repo_path: repo, ref: 'main' }],
  git_fsck: ({ repo }) => [{ repo_path: repo, unreachable: true }],
  git_notes: ({ repo }) =>
    ['add', 'append', 'show', 'list', 'remove'].map((action) => ({
      repo_path: repo,
      action,
      ...(action.startsWith('a') && { message: 'a note' }),
    })),
  git_bisect: ({ repo, roots }) => [
    { repo_path: repo, action: 'start', good: ['HEAD~2'], path: join(roots, 'bisect') },
    { repo_path: repo, action: 'skip' },
    { repo_path: repo, action: 'good' },
    { repo_path: repo, action: 'log' },
    { repo_path: repo, action: 'reset' },
  ],
  git_archive: ({ repo, roots }) => [
    { repo_path: repo, output: join(roots, 'a.tar') },
    { repo_path: repo, output: join(roots, 'a.zip'), archive_format: 'zip', prefix: 'x' },
  ],
  git_bundle: ({ repo, roots }) =>
    ['create', 'verify', 'list-heads'].map((action) => ({
      repo_path: repo,
      action,
      file: join(roots, 'a.bundle'),
    })),
  git_maintenance: ({ repo }) =>
    ['status', 'commit-graph', 'pack-refs', 'repack', 'prune', 'gc'].map((task) => ({
      repo_path: repo,
      task,
    })),
  git_remote: ({ repo, remote }) => [
    { repo_path: repo, action: 'list' },
    { repo_path: repo, action: 'add', name: 'second', url: remote },
    { repo_path: repo, action: 'set-url', name: 'origin', url: remote },
    { repo_path: repo, action: 'get-url', name: 'origin' },
    { repo_path: repo, action: 'rename', name: 'origin', new_name: 'fresh' },
    { repo_path: repo, action: 'remove', name: 'fresh' },
  ],
};

/** Calls of a tool that an ordinary repository answers: the least there is, one for each choice it offers. */
export function samplesOf({ name, inputSchema }: ToolDescriptor, place: AttackPlace): readonly Arguments[] {
  const known = BY_TOOL[name];
  if (known) return known(place);
  const properties = inputSchema.properties as unknown as Readonly<Record<string, Property>>;
  const chosen = inputSchema.required.find((field) => properties[field]?.enum);
  const fields = inputSchema.required.filter((field) => field !== chosen);
  if (properties['confirm']) fields.push('confirm');
  const least = Object.fromEntries(
    fields.map((field) => [field, valueOf(field, properties[field] ?? {}, place)]),
  );
  if (chosen === undefined) return [least];
  return (properties[chosen]?.enum ?? []).map((choice) => ({ ...least, [chosen]: choice }));
}

/** Fields into which a caller may write any text, `true` for those that take a list. */
export function textFieldsOf({
  inputSchema,
}: ToolDescriptor): readonly (readonly [field: string, list: boolean])[] {
  const properties = inputSchema.properties as unknown as Readonly<Record<string, Property>>;
  return Object.entries(properties)
    .filter(
      ([, { type, enum: choices, items }]) =>
        choices === undefined && isText(type === 'array' ? items : { type }),
    )
    .map(([field, { type }]) => [field, type === 'array']);
}

function isText(property: Property | undefined): boolean {
  return property?.type === 'string' && property.enum === undefined;
}

/** What a field may well be given, by its name and kind. */
export function valueOf(field: string, property: Property, place: AttackPlace): unknown {
  if (field === 'repo_path') return place.repo;
  if (property.enum) return property.enum[0];
  if (property.type === 'boolean') return true;
  if (property.type === 'integer' || property.type === 'number') return Math.max(1, property.minimum ?? 1);
  if (/url/.test(field)) return place.remote;
  const text = BY_NAME.find(([pattern]) => pattern.test(field))?.[1] ?? 'some words';
  return property.type === 'array' ? [text] : text;
}
