import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsInt, ValidateNested } from 'class-validator';

import { type BranchEdit, BranchEditor } from '../../git/refs/branch.editor.js';
import { type Effect } from '../../git/planned-change.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { ChoiceField, FlagField, NameField, Optional, RevisionField } from '../fields/field.decorators.js';
import { needed } from '../fields/needed.js';
import { EffectOutput, effectsText } from '../outputs/effect.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = ['create', 'rename', 'delete', 'set-upstream', 'unset-upstream'] as const;

export class GitBranchEditInput extends DestructiveInput {
  @ChoiceField('What to do', ACTIONS)
  action: (typeof ACTIONS)[number];

  @NameField('Name of the branch; the current one if left out, where the branch exists already')
  @Optional()
  name?: string;

  @NameField('rename: the new name')
  @Optional()
  new_name?: string;

  @RevisionField('create: branch, tag or commit to start from; HEAD if left out')
  @Optional()
  base?: string;

  @NameField('set-upstream: branch to follow, such as origin/main')
  @Optional()
  upstream?: string;

  @FlagField('create: move a branch that exists; delete: even if its commits are on no other branch')
  @Optional()
  force: boolean = false;

  @FlagField('delete: a remote-tracking branch, such as origin/old; the remote keeps its own')
  @Optional()
  remote: boolean = false;
}

export class GitBranchEditOutput {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects: EffectOutput[];

  @Describe('Commits that are on no branch and no tag any more; git_undo gets them back')
  @IsInt()
  lost_commits: number;
}

@Injectable()
export class GitBranchEditTool implements RepositoryTool<GitBranchEditInput, GitBranchEditOutput> {
  readonly spec = {
    name: 'git_branch_edit',
    title: 'Create, rename, delete branches and set their upstream',
    description:
      'Creates, renames or deletes a branch, sets or unsets the upstream it follows. Nothing is checked out; git_checkout does that. A branch whose commits are nowhere else is deleted only with force. git_branch lists branches.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: DISCARD,
    input: GitBranchEditInput,
    output: GitBranchEditOutput,
  } as const;

  constructor(private readonly editor: BranchEditor) {}

  needsPlan({ action, force }: GitBranchEditInput): boolean {
    return action === 'delete' || (action === 'create' && force);
  }

  keeps(): Keeps {
    return 'refs';
  }

  async preview(
    input: GitBranchEditInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const { effects, lostCommits } = await this.editor.plan(repository, editOf(input), signal);
    return { text: textOf(effects, lostCommits), effects };
  }

  async run(
    input: GitBranchEditInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitBranchEditOutput>> {
    const change = await this.editor.plan(repository, editOf(input), signal);
    const effects = await change.apply(signal);
    return {
      text: textOf(effects, change.lostCommits),
      structured: { effects: [...effects], lost_commits: change.lostCommits },
    };
  }
}

function editOf(input: GitBranchEditInput): BranchEdit {
  const { action, name, base, force, remote } = input;
  const branch = name === undefined ? {} : { name };
  switch (action) {
    case 'create':
      return { action, name: needed(input, 'name'), force, ...(base !== undefined && { base }) };
    case 'rename':
      return { action, ...branch, newName: needed(input, 'new_name') };
    case 'delete':
      return { action, name: needed(input, 'name'), force, remote };
    case 'set-upstream':
      return { action, ...branch, upstream: needed(input, 'upstream') };
    case 'unset-upstream':
      return { action, ...branch };
  }
}

function textOf(effects: readonly Effect[], lostCommits: number): string {
  const lost = lostCommits === 0 ? [] : [`${lostCommits} commits are on no other branch or tag.`];
  return [effectsText(effects), ...lost].join('\n');
}
