import { describe, expect, it } from 'vitest';

import { SCOPES } from '../../src/shared/principal.js';
import { type Tool } from '../../src/tools/tool.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { TOOL_CLASSES } from '../../src/tools/tools.providers.js';

/**
 * What clients were promised. Name, required and optional parameters (with their defaults), hints: R read-only,
 * D destructive, I idempotent, O open world; scopes. A line may be added; none may change.
 */
const PROMISED = `
git_status | repo_path | cursor | RI | git:read
git_diff_unstaged | repo_path | cursor context_lines=3 paths= output=patch word_diff=false whitespace=exact ignore_blank_lines=false renames=detect similarity algorithm=myers lock_files=false | RI | git:read
git_diff_staged | repo_path | cursor context_lines=3 paths= output=patch word_diff=false whitespace=exact ignore_blank_lines=false renames=detect similarity algorithm=myers lock_files=false | RI | git:read
git_diff | repo_path target | cursor context_lines=3 paths= output=patch word_diff=false whitespace=exact ignore_blank_lines=false renames=detect similarity algorithm=myers lock_files=false | RI | git:read
git_commit | repo_path | dry_run=false expected_head idempotency_key message files= amend=false allow_empty=false fixup author trailers= allow_secrets confirm=false | | git:write
git_add | repo_path files | dry_run=false expected_head idempotency_key | I | git:write
git_reset | repo_path | dry_run=false expected_head idempotency_key confirm=false plan_token mode=mixed target | D | git:write
git_log | repo_path | cursor max_count=10 start_timestamp end_timestamp revision all=false paths= follow=false author committer grep fixed_strings=false ignore_case=false merges=all first_parent=false pickaxe diff_grep start_line end_line function_name graph=false layout skip=0 | RI | git:read
git_create_branch | repo_path branch_name | dry_run=false expected_head idempotency_key base_branch | | git:write
git_checkout | repo_path branch_name | dry_run=false expected_head idempotency_key | I | git:write
git_show | repo_path revision | cursor context_lines=3 paths= output=patch word_diff=false whitespace=exact ignore_blank_lines=false renames=detect similarity algorithm=myers lock_files=false | RI | git:read
git_branch | repo_path branch_type | cursor contains not_contains merged no_merged pattern sort=name ahead_behind=false | RI | git:read
git_init | repo_path | dry_run=false idempotency_key initial_branch bare=false | I | git:write
git_push | repo_path | dry_run=false expected_head idempotency_key confirm=false plan_token remote=origin branch set_upstream=false force=false expected_oid force_if_includes=false remote_branch delete=false tag tags=false allow_secrets | DIO | git:network git:write
git_pull | repo_path | dry_run=false expected_head idempotency_key remote=origin branch rebase=false fast_forward_only=false confirm=false | O | git:network git:write
git_fetch | repo_path | dry_run=false expected_head idempotency_key remote=origin branch prune=false branches tags=auto depth unshallow=false | IO | git:network
git_clone | repo_path url | dry_run=false idempotency_key branch depth bare=false mirror=false single_branch no_checkout=false no_tags=false filter | O | git:network git:write
git_diff_branches | repo_path base_branch compare_branch | cursor context_lines=3 paths= output=patch word_diff=false whitespace=exact ignore_blank_lines=false renames=detect similarity algorithm=myers lock_files=false from=fork | RI | git:read
git_merge | repo_path source_branch | dry_run=false expected_head idempotency_key confirm=false plan_token message no_fast_forward=false fast_forward_only=false squash=false strategy favor allow_secrets | | git:write
git_rebase | repo_path target_branch | dry_run=false expected_head idempotency_key confirm=false plan_token onto autosquash=false update_refs=false favor | D | git:write
git_cherry_pick | repo_path commit_hash | dry_run=false expected_head idempotency_key no_commit=false mainline record_origin=false favor | | git:write
git_abort | repo_path operation | dry_run=false expected_head idempotency_key | D | git:write
git_continue | repo_path operation | dry_run=false expected_head idempotency_key skip=false allow_secrets | | git:write
git_remote | repo_path action | dry_run=false expected_head idempotency_key name new_name url push=false | D | git:read
git_grep | repo_path pattern | cursor syntax=extended ignore_case=false whole_words=false paths= revision where=worktree untracked=false context_lines=0 max_per_file files_only=false | RI | git:read
git_ls_files | repo_path | cursor which=tracked paths= | RI | git:read
git_ls_tree | repo_path | cursor revision=HEAD path recursive=false | RI | git:read
git_show_ref | repo_path | cursor patterns= | RI | git:read
git_rev_parse | repo_path revisions | | RI | git:read
git_describe | repo_path | revision=HEAD names=tags contains=false match exclude first_parent=false abbrev=7 | RI | git:read
git_merge_base | repo_path commits | question=best | RI | git:read
git_shortlog | repo_path | cursor revision=HEAD from group_by=author merges=true churn=false since until paths= | RI | git:read
git_merge_tree | repo_path theirs | ours=HEAD unrelated=false | RI | git:read
git_range_diff | repo_path old new | cursor old_base new_base creation_factor=60 patch=true | RI | git:read
git_cherry | repo_path upstream | cursor head=HEAD limit | RI | git:read
git_reflog | repo_path | cursor ref=HEAD max_count=50 | RI | git:read
git_fsck | repo_path | connectivity_only=false unreachable=false strict=false | RI | git:read
git_blame | repo_path path | cursor revision=HEAD start_line end_line function_name moves=false copies=none ignore_whitespace=false ignore_revs= ignore_revs_file | RI | git:read
git_cat_file | repo_path | cursor path revision blob start_line end_line start_byte byte_count encoding=text | RI | git:read
git_co_change | repo_path paths | cursor revision=HEAD max_commits=1000 max_files=100 min_count=1 | RI | git:read
git_conflicts | repo_path | cursor | RI | git:read
git_resolve | repo_path | dry_run=false expected_head idempotency_key paths= side content patch delete=false | D | git:write
git_revert | repo_path commit_hash | dry_run=false expected_head idempotency_key no_commit=false mainline favor | | git:write
git_notes | repo_path action | dry_run=false expected_head idempotency_key revision=HEAD message force=false category=commits allow_secrets | | git:read
git_archive | repo_path output | dry_run=false expected_head idempotency_key confirm=false plan_token revision=HEAD archive_format=tar paths= prefix overwrite=false | D | git:write
git_bundle | repo_path action file | dry_run=false expected_head idempotency_key confirm=false plan_token refs= without= overwrite=false | D | git:read
git_maintenance | repo_path | dry_run=false expected_head idempotency_key confirm=false plan_token task=status | D | git:read
git_bisect | repo_path action | dry_run=false expected_head idempotency_key confirm=false plan_token path bad=HEAD good= first_parent=false paths= revision force=false | D | git:read
git_restore | repo_path paths | dry_run=false expected_head idempotency_key confirm=false plan_token staged=false worktree source | D | git:write
git_clean | repo_path | dry_run=false expected_head idempotency_key confirm=false plan_token paths= directories=false ignored=keep exclude= | D | git:write
git_rm | repo_path paths | dry_run=false expected_head idempotency_key confirm=false plan_token cached=false recursive=false force=false | D | git:write
git_mv | repo_path sources destination | dry_run=false expected_head idempotency_key confirm=false plan_token force=false | D | git:write
git_stash | repo_path action | dry_run=false expected_head idempotency_key confirm=false plan_token index=0 paths= include_untracked=false keep_index=false staged=false message reinstate_index=false branch_name | D | git:read
git_apply | repo_path patch | dry_run=false expected_head idempotency_key to=worktree reverse=false three_way=false | D | git:write
git_lfs | repo_path action | dry_run=false expected_head idempotency_key cursor revision=HEAD path patterns= literal=false | I | git:read
git_lfs_transfer | repo_path action | dry_run=false expected_head idempotency_key remote=origin revision=HEAD branch paths= | IO | git:network
git_hunks | repo_path | cursor side=unstaged paths= | RI | git:read
git_stage_hunks | repo_path | dry_run=false expected_head idempotency_key hunks= path start_line end_line | | git:write
git_unstage_hunks | repo_path | dry_run=false expected_head idempotency_key hunks= path start_line end_line | | git:write
git_discard_hunks | repo_path | dry_run=false expected_head idempotency_key confirm=false plan_token hunks= path start_line end_line | D | git:write
git_tag | repo_path action | dry_run=false expected_head idempotency_key confirm=false plan_token name target message force=false pattern contains points_at sort=newest limit=200 allow_secrets cursor | D | git:read
git_branch_edit | repo_path action | dry_run=false expected_head idempotency_key confirm=false plan_token name new_name base upstream force=false remote=false | D | git:write
git_remote_show | repo_path | dry_run=false expected_head idempotency_key remote=origin prune=false | IO | git:network
git_worktree | repo_path action | dry_run=false expected_head idempotency_key confirm=false plan_token path new_path branch new_branch base checkout=true reason force=false delete_branches=false with_changes=false | D | git:read
git_submodule | repo_path action | dry_run=false expected_head idempotency_key confirm=false plan_token paths= force=false | D | git:read
git_submodule_update | repo_path action | dry_run=false expected_head idempotency_key paths= init=true url path branch | O | git:network git:write
git_sparse_checkout | repo_path action | dry_run=false expected_head idempotency_key paths= cone=true | I | git:read
git_config | repo_path action | dry_run=false expected_head idempotency_key key value | I | git:read
git_security_validate | repo_path | | RI | git:read
git_security_enforce | repo_path | dry_run=false expected_head idempotency_key confirm=false plan_token remove= harden=false disable_hooks=false | D | git:write
git_operations | repo_path | operation_id limit=20 | RI | git:read
git_undo | repo_path | dry_run=false expected_head idempotency_key confirm=false plan_token operation_id | | git:write
git_redo | repo_path | dry_run=false expected_head idempotency_key operation_id | | git:write
git_batch | repo_path operations | dry_run=false expected_head idempotency_key confirm=false plan_token | D | git:read
git_set_working_dir | | path clear=false | RI | git:read
git_isolate | repo_path action | dry_run=false expected_head idempotency_key confirm=false plan_token branch base path delete_branch=false take_over=false | | git:read
`
  .trim()
  .split('\n')
  .map((line) => line.split('|').map((part) => part.trim()));

/** What every tool on a repository takes beside its own, and the choices for it. */
const OF_ALL = {
  max_bytes: undefined,
  response_format: ['text', 'json'],
  verbosity: ['concise', 'normal', 'full'],
};

const TOOLSETS = [
  [
    'inspect',
    'status diff_unstaged diff_staged diff log show branch diff_branches grep ls_files ls_tree show_ref rev_parse describe merge_base shortlog merge_tree range_diff cherry reflog fsck blame cat_file co_change hunks operations set_working_dir',
  ],
  [
    'change',
    'commit add reset create_branch checkout init notes restore clean rm mv stash apply lfs stage_hunks unstage_hunks discard_hunks tag branch_edit undo redo batch',
  ],
  ['remote', 'push pull fetch clone remote lfs_transfer remote_show submodule_update'],
  ['integrate', 'merge rebase cherry_pick abort continue conflicts resolve revert'],
  ['worktrees', 'bisect worktree submodule sparse_checkout isolate'],
  ['maintain', 'archive bundle maintenance config security_validate security_enforce'],
];

const OF_COMPARISONS = {
  output: ['patch', 'stat', 'name-only', 'name-status'],
  whitespace: ['exact', 'ignore-change', 'ignore-all', 'ignore-at-eol', 'ignore-cr-at-eol'],
  renames: ['detect', 'copies', 'off'],
  algorithm: ['myers', 'minimal', 'patience', 'histogram'],
};

const CHOICES = {
  git_diff_unstaged: OF_COMPARISONS,
  git_diff_staged: OF_COMPARISONS,
  git_diff: OF_COMPARISONS,
  git_show: OF_COMPARISONS,
  git_diff_branches: { ...OF_COMPARISONS, from: ['fork', 'base'] },
  git_branch: { branch_type: ['local', 'remote', 'all'], sort: ['name', 'newest', 'oldest'] },
  git_abort: { operation: ['merge', 'rebase', 'cherry-pick', 'revert', 'stash'] },
  git_continue: { operation: ['merge', 'rebase', 'cherry-pick', 'revert', 'stash'] },
  git_merge: { strategy: ['ort', 'ours'], favor: ['ours', 'theirs'] },
  git_reset: { mode: ['soft', 'mixed', 'hard', 'keep', 'merge'] },
  git_rebase: { favor: ['ours', 'theirs'] },
  git_cherry_pick: { favor: ['ours', 'theirs'] },
  git_revert: { favor: ['ours', 'theirs'] },
  git_resolve: { side: ['ours', 'theirs', 'base', 'both'] },
  git_blame: { copies: ['none', 'same-commit', 'creating-commit', 'any-commit'] },
  git_cat_file: { encoding: ['text', 'base64'] },
  git_log: { merges: ['all', 'only', 'none'], layout: ['oneline', 'short', 'medium', 'fuller'] },
  git_remote: { action: ['list', 'add', 'remove', 'rename', 'set-url', 'get-url'] },
  git_grep: { syntax: ['fixed', 'extended', 'perl'], where: ['worktree', 'index'] },
  git_ls_files: { which: ['tracked', 'untracked', 'ignored', 'modified', 'deleted', 'unmerged'] },
  git_describe: { names: ['annotated', 'tags', 'all'] },
  git_shortlog: { group_by: ['author', 'committer', 'co-author'] },
  git_merge_base: {
    question: ['best', 'all', 'octopus', 'independent', 'is-ancestor', 'fork-point'],
  },
  git_notes: { action: ['list', 'show', 'add', 'append', 'remove'] },
  git_archive: { archive_format: ['tar', 'zip'] },
  git_bundle: { action: ['create', 'verify', 'list-heads'] },
  git_maintenance: { task: ['status', 'gc', 'commit-graph', 'pack-refs', 'repack', 'prune'] },
  git_bisect: { action: ['start', 'good', 'bad', 'skip', 'log', 'reset'] },
  git_clean: { ignored: ['keep', 'too', 'only'] },
  git_stash: { action: ['list', 'push', 'show', 'apply', 'pop', 'drop', 'branch'] },
  git_apply: { to: ['worktree', 'index', 'both'] },
  git_lfs: { action: ['list', 'status', 'track', 'untrack'] },
  git_lfs_transfer: { action: ['fetch', 'pull', 'push', 'prune'] },
  git_hunks: { side: ['unstaged', 'staged'] },
  git_tag: { action: ['list', 'create', 'delete', 'verify'], sort: ['newest', 'oldest', 'name', 'version'] },
  git_branch_edit: { action: ['create', 'rename', 'delete', 'set-upstream', 'unset-upstream'] },
  git_worktree: {
    action: ['list', 'add', 'remove', 'move', 'lock', 'unlock', 'repair', 'prune', 'prune-merged'],
  },
  git_sparse_checkout: { action: ['list', 'set', 'add', 'disable', 'reapply'] },
  git_submodule: { action: ['list', 'init', 'sync', 'deinit'] },
  git_submodule_update: { action: ['update', 'add'] },
  git_isolate: { action: ['start', 'list', 'finish'] },
  git_fetch: { tags: ['auto', 'all', 'none'] },
  git_config: { action: ['list', 'get', 'set', 'unset'] },
};

const tools = TOOL_CLASSES.map((tool) => Reflect.construct(tool, []) as Tool);
const descriptors = new ToolRegistry(tools).descriptors({ name: 'all', scopes: new Set(SCOPES) });

/** Every schema within a schema, itself first. */
function within(schema: object): Record<string, unknown>[] {
  const children = Object.values(schema).filter(
    (value): value is object => typeof value === 'object' && value !== null,
  );
  return [schema as Record<string, unknown>, ...children.flatMap(within)];
}

describe('The tools', () => {
  it('are those that clients were promised, in this order', () => {
    const lines = descriptors.map(({ name, inputSchema, annotations }, index) => {
      const { properties, required } = inputSchema;
      const optional = Object.entries(properties).filter(
        ([key]) => !required.includes(key) && !(key in OF_ALL),
      );
      const hints = [
        annotations.readOnlyHint && 'R',
        annotations.destructiveHint && 'D',
        annotations.idempotentHint && 'I',
        annotations.openWorldHint && 'O',
      ];
      return [
        name,
        required.join(' '),
        optional
          .map(([key, value]) => (value.default === undefined ? key : `${key}=${String(value.default)}`))
          .join(' '),
        hints.filter((hint) => hint !== false).join(''),
        tools[index]?.spec.scopes.join(' '),
      ];
    });

    expect(lines).toEqual(PROMISED);
  });

  it('take the choices that clients were promised', () => {
    const choices = Object.fromEntries(
      descriptors.flatMap(({ name, inputSchema }) => {
        const fields = Object.entries(inputSchema.properties).flatMap(([key, value]) =>
          value.enum && !(key in OF_ALL) ? [[key, value.enum]] : [],
        );
        return fields.length === 0 ? [] : [[name, Object.fromEntries(fields) as object]];
      }),
    ) as object;

    expect(choices).toEqual(CHOICES);
  });

  it('all take the form of their answer, where they work on a repository', () => {
    for (const [index, { inputSchema }] of descriptors.entries()) {
      const expected = tools[index]?.spec.access === 'none' ? {} : OF_ALL;
      const fields = Object.entries(inputSchema.properties).filter(([key]) => key in OF_ALL);

      expect(Object.fromEntries(fields.map(([key, value]) => [key, value.enum]))).toEqual(expected);
    }
  });

  it('all can be tried and repeated where they change something, and be bound to a commit where there is one', () => {
    const ofChanges = descriptors.filter(({ annotations }) => !annotations.readOnlyHint);
    const lacks = ofChanges.flatMap(({ name, inputSchema: { properties } }) =>
      ['dry_run', 'idempotency_key', 'expected_head']
        .filter((field) => !(field in properties))
        .map((field) => `${name} ${field}`),
    );

    expect(lacks).toEqual(['git_init expected_head', 'git_clone expected_head']);
  });

  it('belong to the toolsets that operators were promised', () => {
    const members = (toolset: string) =>
      tools.filter(({ spec }) => spec.toolset === toolset).map(({ spec }) => spec.name.replace('git_', ''));

    expect(TOOLSETS.map(([toolset = '']) => [toolset, members(toolset).join(' ')])).toEqual(TOOLSETS);
    expect(tools.filter(({ spec }) => spec.toolset === undefined)).toEqual([]);
  });

  it('all have the four hints, a title and a description', () => {
    for (const { annotations, title, description } of descriptors) {
      expect(Object.values(annotations).map((hint) => typeof hint)).toEqual([
        'boolean',
        'boolean',
        'boolean',
        'boolean',
      ]);
      expect(title.length).toBeGreaterThan(5);
      expect(description.length).toBeGreaterThan(30);
    }
  });

  it.each(descriptors.map((tool) => [tool.name, tool] as const))(
    '%s describes every argument',
    (_, { inputSchema }) => {
      for (const property of Object.values(inputSchema.properties))
        expect(property.description).toMatch(/\w{3}/);
    },
  );

  it.each(
    descriptors.flatMap(({ name, inputSchema, outputSchema }) => [
      [`${name} input`, inputSchema] as const,
      [`${name} output`, outputSchema] as const,
    ]),
  )('%s is a schema that every client understands', (_, schema) => {
    const parts = within(schema);
    const openObjects = parts.filter(
      (part) => part['type'] === 'object' && part['additionalProperties'] !== false,
    );
    const words = new Set(parts.flatMap((part) => Object.keys(part)));

    expect(schema.type).toBe('object');
    expect(openObjects).toEqual([]);
    expect([...words].filter((word) => /^(format|\$ref|oneOf|anyOf|allOf)$/.test(word))).toEqual([]);
  });
});
