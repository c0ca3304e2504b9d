import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type PlannedChange } from '../../git/planned-change.js';
import { type Repository } from '../../git/repository.js';
import { ConfigEditor } from '../../git/security/config.editor.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { IDEMPOTENT_WRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import { ChoiceField, NameField, Optional, TextField } from '../fields/field.decorators.js';
import { needed } from '../fields/needed.js';
import { EffectOutput, effectsText, planOf } from '../outputs/effect.output.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = ['list', 'get', 'set', 'unset'] as const;

export class GitConfigInput extends ChangeInput {
  @ChoiceField('list and get read; set and unset change the configuration of the repository', ACTIONS)
  action: (typeof ACTIONS)[number];

  @NameField('Such as user.email; needed by all actions but list')
  @Optional()
  key?: string;

  @TextField('set: the new value, one line', 1_000)
  @Optional()
  value?: string;
}

export class ConfigValueOutput {
  @IsString()
  key: string;

  @IsString()
  value: string;
}

export class GitConfigOutput {
  @Describe('Of list and get; empty where nothing is set')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ConfigValueOutput)
  values?: ConfigValueOutput[];

  @Describe('Of list: how many values of other keys there are, which are not shown')
  @IsOptional()
  @IsInt()
  others?: number;

  @Describe('Of set and unset')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects?: EffectOutput[];
}

@Injectable()
export class GitConfigTool implements RepositoryTool<GitConfigInput, GitConfigOutput> {
  readonly spec = {
    name: 'git_config',
    title: 'Read and change harmless settings',
    description:
      'Lists, reads, sets and removes settings of one repository that cannot run anything or lead elsewhere: names and emails, descriptions of branches, line ends, how pull, push, merge, rebase and diff behave. Other keys are refused; git_security_validate tells what they do. Returns the value before; git_undo brings it back.',
    toolset: 'maintain',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: IDEMPOTENT_WRITE,
    input: GitConfigInput,
    output: GitConfigOutput,
  } as const;

  constructor(private readonly editor: ConfigEditor) {}

  demands({ action }: GitConfigInput): CallDemands {
    const reads = action === 'list' || action === 'get';
    return reads ? { scopes: ['git:read'], access: 'read' } : { scopes: ['git:write'], access: 'write' };
  }

  keeps(): 'refs' {
    return 'refs';
  }

  async preview(
    input: GitConfigInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return planOf((await this.change(input, repository, signal)) ?? { effects: [] });
  }

  async run(
    input: GitConfigInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitConfigOutput>> {
    const change = await this.change(input, repository, signal);
    if (change) {
      const effects = await change.apply(signal);
      return { text: effectsText(effects), structured: { effects: [...effects] } };
    }
    if (input.action === 'get') {
      const value = await this.editor.get(repository, needed(input, 'key'), signal);
      const text = value === null ? 'The repository does not set it.' : `${value.key}=${value.value}`;
      return { text, structured: { values: value === null ? [] : [value] } };
    }
    const { values, others } = await this.editor.list(repository, signal);
    const more = others === 0 ? [] : [`${others} values of other keys are not shown.`];
    const lines = [...values.map(({ key, value }) => `${key}=${value}`), ...more];
    return { text: lines.join('\n') || 'Nothing is set.', structured: { values: [...values], others } };
  }

  private change(
    input: GitConfigInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<PlannedChange> | undefined {
    if (input.action === 'set')
      return this.editor.change(repository, needed(input, 'key'), needed(input, 'value'), signal);
    if (input.action === 'unset') return this.editor.change(repository, needed(input, 'key'), null, signal);
    return undefined;
  }
}
