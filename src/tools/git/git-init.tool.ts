import { Inject, Injectable } from '@nestjs/common';
import { IsBoolean, IsString } from 'class-validator';

import { GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { ChangePreviews } from '../../git/previews/change-previews.service.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { IDEMPOTENT_WRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { CreationInput } from '../fields/change.input.js';
import { FlagField, NameField, Optional } from '../fields/field.decorators.js';
import { planOf } from '../outputs/effect.output.js';
import { type ToolContext, type FreeTool, type ToolAnswer } from '../tool.js';

export class GitInitInput extends CreationInput {
  @NameField('Name of the first branch; main if left out')
  @Optional()
  initial_branch?: string;

  @FlagField('Without a work tree, to push to')
  @Optional()
  bare: boolean = false;
}

export class GitInitOutput {
  @Describe('Real path of the repository, for repo_path of the other tools')
  @IsString()
  path: string;

  @IsBoolean()
  bare: boolean;
}

@Injectable()
export class GitInitTool implements FreeTool<GitInitInput, GitInitOutput> {
  readonly spec = {
    name: 'git_init',
    title: 'Create a repository',
    description:
      'Creates an empty repository in a folder, which need not exist yet, inside the roots that the server may work on.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'none',
    network: false,
    annotations: IDEMPOTENT_WRITE,
    input: GitInitInput,
    output: GitInitOutput,
  } as const;

  constructor(
    @Inject(GIT_WRITES) private readonly writes: GitWrites,
    private readonly previews: ChangePreviews,
  ) {}

  async preview(
    { repo_path, initial_branch, bare }: GitInitInput,
    _context: ToolContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return planOf({ effects: [await this.previews.init(repo_path, initial_branch, bare, signal)] });
  }

  async run(
    input: GitInitInput,
    _context: ToolContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitInitOutput>> {
    const { path, bare } = await this.writes.init(input.repo_path, input.initial_branch, input.bare, signal);
    const kind = bare ? 'bare repository' : 'repository';
    return { text: `Initialized ${kind} in ${path}`, structured: { path, bare } };
  }
}
