import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsIn, IsOptional, IsString, ValidateNested } from 'class-validator';

import { planned, type PlannedChange } from '../../git/planned-change.js';
import { type Repository } from '../../git/repository.js';
import { type Submodule, SubmoduleLister } from '../../git/submodules/submodule.lister.js';
import { SubmoduleWriter } from '../../git/submodules/submodule.writer.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { ChoiceField, FlagField, Optional } from '../fields/field.decorators.js';
import { AnyPathsField } from '../fields/list.fields.js';
import { EffectOutput, effectsText, planOf } from '../outputs/effect.output.js';
import { shortSha } from '../outputs/head.output.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = ['list', 'init', 'sync', 'deinit'] as const;
const STATES = ['uninitialized', 'missing', 'current', 'modified', 'refused'] as const;

export class GitSubmoduleInput extends DestructiveInput {
  @ChoiceField(
    'init notes the URLs of .gitmodules, sync takes them anew, deinit empties the folders and forgets the URLs',
    ACTIONS,
  )
  action: (typeof ACTIONS)[number];

  @AnyPathsField('Submodules, by path; all if left out')
  @Optional()
  paths: string[] = [];

  @FlagField('deinit: even if changes in them are lost')
  @Optional()
  force: boolean = false;
}

export class SubmoduleOutput {
  @Describe('Relative to the top of the work tree; a repo_path of its own where it is checked out')
  @IsString()
  path: string;

  @Describe('null where .gitmodules does not name it')
  @Nullable()
  @IsString()
  name: string | null;

  @Describe('As .gitmodules has it')
  @Nullable()
  @IsString()
  url: string | null;

  @Describe(
    'current: what is recorded is checked out; modified: another commit; refused: it leads where it may not',
  )
  @IsIn([...STATES])
  state: (typeof STATES)[number];

  @Describe('The commit that the index names')
  @IsString()
  recorded: string;

  @Describe('The commit that is checked out')
  @Nullable()
  @IsString()
  head: string | null;

  @IsOptional()
  @IsString()
  branch?: string;
}

export class GitSubmoduleOutput {
  @Describe('What was done; empty for list')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects: EffectOutput[];

  @Describe('The submodules after the action')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => SubmoduleOutput)
  submodules: SubmoduleOutput[];
}

@Injectable()
export class GitSubmoduleTool implements RepositoryTool<GitSubmoduleInput, GitSubmoduleOutput> {
  readonly spec = {
    name: 'git_submodule',
    title: 'List and set up submodules',
    description:
      'Lists submodules with the commit that is recorded and the one that is checked out, and says which are wanted (init), from where (sync), and which no longer (deinit). git_submodule_update fetches them. Nothing that their configuration names is run; one with changes is emptied only with force.',
    toolset: 'worktrees',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: DISCARD,
    input: GitSubmoduleInput,
    output: GitSubmoduleOutput,
  } as const;

  constructor(
    private readonly lister: SubmoduleLister,
    private readonly writer: SubmoduleWriter,
  ) {}

  demands({ action }: GitSubmoduleInput): CallDemands {
    const reads = action === 'list';
    return reads ? { scopes: ['git:read'], access: 'read' } : { scopes: ['git:write'], access: 'write' };
  }

  needsPlan({ action, force }: GitSubmoduleInput): boolean {
    return action === 'deinit' && force;
  }

  keeps({ action }: GitSubmoduleInput): Keeps {
    return action === 'deinit' ? 'submodules' : 'settings';
  }

  touches({ paths }: GitSubmoduleInput): readonly string[] | 'every' {
    return paths.length === 0 ? 'every' : paths;
  }

  async preview(
    input: GitSubmoduleInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return planOf(await this.change(input, repository, signal));
  }

  async run(
    input: GitSubmoduleInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitSubmoduleOutput>> {
    const effects = await (await this.change(input, repository, signal)).apply(signal);
    const submodules = await this.lister.chosen(repository, input.paths, signal);
    return submodulesAnswer(input.action === 'list' ? undefined : effects, submodules);
  }

  private async change(
    { action, paths, force }: GitSubmoduleInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    switch (action) {
      case 'list':
        return planned([], () => Promise.resolve());
      case 'init':
        return this.writer.init(repository, paths, signal);
      case 'sync':
        return this.writer.sync(repository, paths, signal);
      case 'deinit':
        return this.writer.deinit(repository, paths, force, signal);
    }
  }
}

/** @param effects absent where nothing was to be done */
export function submodulesAnswer(
  effects: PlannedChange['effects'] | undefined,
  submodules: readonly Submodule[],
): ToolAnswer<GitSubmoduleOutput> {
  const done = effects === undefined ? [] : [effectsText(effects)];
  const none = submodules.length === 0 ? ['No submodules.'] : [];
  return {
    text: [...done, ...none, ...submodules.map(submoduleText)].join('\n'),
    structured: { effects: [...(effects ?? [])], submodules: submodules.map(submoduleOutput) },
  };
}

function submoduleOutput({ path, name, url, state, recorded, head, branch }: Submodule): SubmoduleOutput {
  return { path, name, url, state, recorded, head, ...(branch !== null && { branch }) };
}

function submoduleText({ path, state, recorded, head }: Submodule): string {
  const at = head === null || head === recorded ? '' : `, at ${shortSha(head)}`;
  return `${path} ${shortSha(recorded)} ${state}${at}`;
}
