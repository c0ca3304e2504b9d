import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { planned, type PlannedChange } from '../../git/planned-change.js';
import { type Repository } from '../../git/repository.js';
import { WorktreeFinder } from '../../git/worktrees/worktree.finder.js';
import { WorktreeHousekeeping } from '../../git/worktrees/worktree.housekeeping.js';
import { type Worktree, WorktreeLister } from '../../git/worktrees/worktree.lister.js';
import { WorktreeWriter } from '../../git/worktrees/worktree.writer.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import {
  ChoiceField,
  FlagField,
  MessageField,
  NameField,
  Optional,
  PathField,
  RevisionField,
} from '../fields/field.decorators.js';
import { needed } from '../fields/needed.js';
import { EffectOutput, effectsText, planOf } from '../outputs/effect.output.js';
import { shortSha } from '../outputs/head.output.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = [
  'list',
  'add',
  'remove',
  'move',
  'lock',
  'unlock',
  'repair',
  'prune',
  'prune-merged',
] as const;

export class GitWorktreeInput extends DestructiveInput {
  @ChoiceField(
    'list reads; prune forgets work trees whose folders are gone; prune-merged removes clean ones whose branch is merged',
    ACTIONS,
  )
  action: (typeof ACTIONS)[number];

  @PathField(
    'Folder of the linked work tree; needed by add, remove, move, lock, unlock; repair: where a moved one is',
  )
  @Optional()
  path?: string;

  @PathField('move: the new folder, which does not exist yet')
  @Optional()
  new_path?: string;

  @NameField('add: existing branch to check out')
  @Optional()
  branch?: string;

  @NameField('add: branch to create and check out')
  @Optional()
  new_branch?: string;

  @RevisionField(
    'add: where new_branch starts, or what is checked out detached; prune-merged: merged into what. HEAD if left out',
  )
  @Optional()
  base?: string;

  @FlagField('add: check files out')
  @Optional()
  checkout: boolean = true;

  @MessageField('lock, add: why it is to be kept; add locks only with a reason')
  @Optional()
  reason?: string;

  @FlagField('remove: even if changes in it are lost')
  @Optional()
  force: boolean = false;

  @FlagField('prune-merged: delete the merged branches too')
  @Optional()
  delete_branches: boolean = false;

  @FlagField('list: count the changed paths of each')
  @Optional()
  with_changes: boolean = false;
}

export class WorktreeOutput {
  @IsString()
  path: string;

  @Nullable()
  @IsString()
  head: string | null;

  @Describe('null where HEAD is detached')
  @Nullable()
  @IsString()
  branch: string | null;

  @Describe('The one with the repository in it')
  @IsBoolean()
  main: boolean;

  @IsBoolean()
  bare: boolean;

  @Describe('Why it is locked; null where it is not')
  @Nullable()
  @IsString()
  locked: string | null;

  @Describe('Why a prune would forget it; null where it would not')
  @Nullable()
  @IsString()
  prunable: string | null;

  @Describe('Whether the server may work in it')
  @IsBoolean()
  inside: boolean;

  @IsOptional()
  @IsInt()
  changes?: number;
}

export class GitWorktreeOutput {
  @Describe('What was done; empty for list')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects: EffectOutput[];

  @Describe('The work trees after the action')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => WorktreeOutput)
  worktrees: WorktreeOutput[];
}

@Injectable()
export class GitWorktreeTool implements RepositoryTool<GitWorktreeInput, GitWorktreeOutput> {
  readonly spec = {
    name: 'git_worktree',
    title: 'Manage linked work trees',
    description:
      'Lists, adds, removes, moves, locks and repairs linked work trees, so that several branches are checked out at once. Their folders are inside the roots of the server; give one as repo_path to work in it. A work tree with changes is removed only with force; git_undo brings it back.',
    toolset: 'worktrees',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: DISCARD,
    input: GitWorktreeInput,
    output: GitWorktreeOutput,
  } as const;

  constructor(
    private readonly lister: WorktreeLister,
    private readonly finder: WorktreeFinder,
    private readonly writer: WorktreeWriter,
    private readonly housekeeping: WorktreeHousekeeping,
  ) {}

  demands({ action }: GitWorktreeInput): CallDemands {
    const reads = action === 'list';
    return reads ? { scopes: ['git:read'], access: 'read' } : { scopes: ['git:write'], access: 'write' };
  }

  needsPlan({ action, force }: GitWorktreeInput): boolean {
    return action === 'prune-merged' || (action === 'remove' && force);
  }

  keeps({ action }: GitWorktreeInput): Keeps {
    if (action === 'prune') return 'gone-worktrees';
    return action === 'repair' ? 'worktree-links' : 'worktrees';
  }

  touches({ action, path }: GitWorktreeInput): readonly string[] | 'every' {
    if (action === 'prune-merged') return 'every';
    return (action === 'remove' || action === 'repair') && path !== undefined ? [path] : [];
  }

  async preview(
    input: GitWorktreeInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return planOf(await this.change(input, repository, signal));
  }

  async run(
    input: GitWorktreeInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitWorktreeOutput>> {
    const effects = await (await this.change(input, repository, signal)).apply(signal);
    const list = await this.lister.list(repository, signal);
    const worktrees = await Promise.all(
      list.map((worktree) => this.output(worktree, input.with_changes, repository, signal)),
    );
    const done = input.action === 'list' ? [] : [effectsText(effects)];
    return {
      text: [...done, ...worktrees.map(worktreeText)].join('\n'),
      structured: { effects: [...effects], worktrees },
    };
  }

  private async change(
    input: GitWorktreeInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const path = () => needed(input, 'path');
    switch (input.action) {
      case 'list':
        return planned([], () => Promise.resolve());
      case 'add':
        return this.writer.add(repository, newWorktree(input), signal);
      case 'remove':
        return this.writer.remove(repository, path(), input.force, signal);
      case 'move':
        return this.writer.move(repository, path(), needed(input, 'new_path'), signal);
      case 'lock':
        return this.writer.lock(repository, path(), input.reason ?? '', signal);
      case 'unlock':
        return this.writer.unlock(repository, path(), signal);
      case 'repair':
        return this.housekeeping.repair(repository, input.path, signal);
      case 'prune':
        return this.housekeeping.prune(repository, signal);
      case 'prune-merged':
        return this.housekeeping.pruneMerged(repository, merged(input), signal);
    }
  }

  private async output(
    worktree: Worktree,
    withChanges: boolean,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<WorktreeOutput> {
    const { main, bare, inside, prunable, path } = worktree;
    if (!withChanges || main || bare || !inside || prunable !== null) return { ...worktree };
    const linked = await this.finder.linked(repository, path, signal);
    return { ...worktree, changes: (await this.finder.changes(linked, signal)).length };
  }
}

function newWorktree(input: GitWorktreeInput) {
  const { branch, new_branch, base, checkout, reason } = input;
  return {
    path: needed(input, 'path'),
    checkout,
    ...(branch !== undefined && { branch }),
    ...(new_branch !== undefined && { newBranch: new_branch }),
    ...(base !== undefined && { base }),
    ...(reason !== undefined && { lock: reason }),
  };
}

function merged({ base, delete_branches }: GitWorktreeInput) {
  return { deleteBranches: delete_branches, ...(base !== undefined && { into: base }) };
}

/** As `git worktree list --verbose` prints it. */
function worktreeText({
  path,
  head,
  branch,
  bare,
  locked,
  prunable,
  inside,
  changes,
}: WorktreeOutput): string {
  const at = bare
    ? '(bare)'
    : `${shortSha(head ?? '')} ${branch === null ? '(detached HEAD)' : `[${branch}]`}`;
  const notes = [
    locked === null ? '' : ` locked${locked && `: ${locked}`}`,
    prunable === null ? '' : ` prunable: ${prunable}`,
    inside ? '' : ' outside of the roots',
    changes === undefined ? '' : ` ${changes} changed`,
  ];
  return `${path} ${at}${notes.join('')}`;
}
