import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsString, ValidateNested } from 'class-validator';

import { planned, type PlannedChange } from '../../git/planned-change.js';
import { type Repository } from '../../git/repository.js';
import { type SparseState, SparseWriter } from '../../git/work-tree/sparse.writer.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { IDEMPOTENT_WRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import { ChoiceField, FlagField, Optional } from '../fields/field.decorators.js';
import { AnyPathsField } from '../fields/list.fields.js';
import { EffectOutput, effectsText, planOf } from '../outputs/effect.output.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = ['list', 'set', 'add', 'disable', 'reapply'] as const;

export class GitSparseCheckoutInput extends ChangeInput {
  @ChoiceField('set checks out these and no others, add these too, disable all files', ACTIONS)
  action: (typeof ACTIONS)[number];

  @AnyPathsField(
    'Folders; with cone false patterns as those of .gitignore. Files at the top always belong to it',
  )
  @Optional()
  paths: string[] = [];

  @FlagField('set: paths are folders')
  @Optional()
  cone: boolean = true;
}

export class GitSparseCheckoutOutput {
  @Describe('What was done; empty for list')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects: EffectOutput[];

  @Describe('Whether only a part of the files is checked out')
  @IsBoolean()
  enabled: boolean;

  @IsBoolean()
  cone: boolean;

  @Describe('What is checked out')
  @IsArray()
  @IsString({ each: true })
  paths: string[];
}

@Injectable()
export class GitSparseCheckoutTool implements RepositoryTool<
  GitSparseCheckoutInput,
  GitSparseCheckoutOutput
> {
  readonly spec = {
    name: 'git_sparse_checkout',
    title: 'Check out a part of the files',
    description:
      'Limits the work tree to some folders of a large repository, shows which, or brings all files back. Files with changes stay in any case. Commits are whole as ever.',
    toolset: 'worktrees',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: IDEMPOTENT_WRITE,
    input: GitSparseCheckoutInput,
    output: GitSparseCheckoutOutput,
  } as const;

  constructor(private readonly writer: SparseWriter) {}

  demands({ action }: GitSparseCheckoutInput): CallDemands {
    const reads = action === 'list';
    return reads ? { scopes: ['git:read'], access: 'read' } : { scopes: ['git:write'], access: 'write' };
  }

  // Folders that are left out go with the ignored files in them.
  keeps({ action }: GitSparseCheckoutInput): Keeps {
    return action === 'list' ? 'nothing' : 'everything';
  }

  async preview(
    input: GitSparseCheckoutInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return planOf(await this.change(input, repository, signal));
  }

  async run(
    input: GitSparseCheckoutInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitSparseCheckoutOutput>> {
    const effects = await (await this.change(input, repository, signal)).apply(signal);
    const { enabled, cone, patterns } = await this.writer.read(repository, signal);
    const done = input.action === 'list' ? [] : [effectsText(effects)];
    return {
      text: [...done, stateText({ enabled, cone, patterns })].join('\n'),
      structured: { effects: [...effects], enabled, cone, paths: [...patterns] },
    };
  }

  private async change(
    { action, paths, cone }: GitSparseCheckoutInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    if (action === 'list') return planned([], () => Promise.resolve());
    return this.writer.change(repository, { action, patterns: paths, cone }, signal);
  }
}

function stateText({ enabled, cone, patterns }: SparseState): string {
  if (!enabled) return 'All files are checked out.';
  const what = cone ? 'Files at the top, and these folders' : 'Files that match';
  return [`${what}:`, ...patterns].join('\n');
}
