import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, ValidateNested } from 'class-validator';

import { type Enforcement, SecurityEnforcer } from '../../git/security/security.enforcer.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { FlagField, Optional } from '../fields/field.decorators.js';
import { TextsField } from '../fields/list.fields.js';
import { EffectOutput, effectsText, planOf } from '../outputs/effect.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitSecurityEnforceInput extends DestructiveInput {
  @TextsField('Keys to remove from the configuration, as git_security_validate names them', 200, 1_024)
  @Optional()
  remove: string[] = [];

  @FlagField('Set what forbids: no file system monitor, no transport that is a program, checked objects')
  @Optional()
  harden: boolean = false;

  @FlagField('Switch the hooks of the repository off, for plain git as well')
  @Optional()
  disable_hooks: boolean = false;
}

export class GitSecurityEnforceOutput {
  @Describe('Each key that was set or removed, with its value before')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects: EffectOutput[];
}

@Injectable()
export class GitSecurityEnforceTool implements RepositoryTool<
  GitSecurityEnforceInput,
  GitSecurityEnforceOutput
> {
  readonly spec = {
    name: 'git_security_enforce',
    title: 'Make a repository safe for plain git',
    description:
      'Removes dangerous keys that git_security_validate found from the configuration of a repository, sets what forbids them (harden), switches hooks off. Tools of this server are safe without it; it protects who uses git beside them. Removing keys needs a yes to the plan of a dry_run; git_undo takes back what was set, never brings a dangerous value back: set it with git itself.',
    toolset: 'maintain',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: DISCARD,
    input: GitSecurityEnforceInput,
    output: GitSecurityEnforceOutput,
  } as const;

  constructor(private readonly enforcer: SecurityEnforcer) {}

  needsPlan({ remove }: GitSecurityEnforceInput): boolean {
    return remove.length > 0;
  }

  keeps(): Keeps {
    return 'settings';
  }

  async preview(
    input: GitSecurityEnforceInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return planOf(await this.enforcer.plan(repository, asked(input), signal));
  }

  async run(
    input: GitSecurityEnforceInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitSecurityEnforceOutput>> {
    const change = await this.enforcer.plan(repository, asked(input), signal);
    const effects = await change.apply(signal);
    return { text: effectsText(effects), structured: { effects: [...effects] } };
  }
}

function asked({ remove, harden, disable_hooks: disableHooks }: GitSecurityEnforceInput): Enforcement {
  return { remove, harden, disableHooks };
}
