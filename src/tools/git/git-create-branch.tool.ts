import { Inject, Injectable } from '@nestjs/common';
import { IsString } from 'class-validator';

import { GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { ChangePreviews } from '../../git/previews/change-previews.service.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { WRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { NameField, Optional, RevisionField } from '../fields/field.decorators.js';
import { ChangeInput } from '../fields/change.input.js';
import { shortSha } from '../outputs/head.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitCreateBranchInput extends ChangeInput {
  @NameField('Name of the new branch')
  branch_name: string;

  @RevisionField('Branch, tag or commit that it starts from; HEAD if left out')
  @Optional()
  base_branch?: string;
}

export class GitCreateBranchOutput {
  @IsString()
  name: string;

  @Describe('Object id of the commit that it points to')
  @IsString()
  sha: string;
}

@Injectable()
export class GitCreateBranchTool implements RepositoryTool<GitCreateBranchInput, GitCreateBranchOutput> {
  readonly spec = {
    name: 'git_create_branch',
    title: 'Create a branch',
    description:
      'Creates a branch that points to base_branch, or to HEAD. It does not check the branch out; git_checkout does.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: WRITE,
    input: GitCreateBranchInput,
    output: GitCreateBranchOutput,
  } as const;

  constructor(
    @Inject(GIT_WRITES) private readonly writes: GitWrites,
    private readonly previews: ChangePreviews,
  ) {}

  keeps(): Keeps {
    return 'refs';
  }

  async preview(
    { branch_name, base_branch }: GitCreateBranchInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const { name, sha } = await this.previews.createBranch(repository, branch_name, base_branch, signal);
    return {
      text: `Would create branch ${name} at ${shortSha(sha)}`,
      effects: [{ action: 'create', subject: `refs/heads/${name}`, from: null, to: sha }],
    };
  }

  async run(
    { branch_name, base_branch }: GitCreateBranchInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitCreateBranchOutput>> {
    const { name, sha } = await this.writes.createBranch(repository, branch_name, base_branch, signal);
    return { text: `Created branch ${name} at ${shortSha(sha)}`, structured: { name, sha } };
  }
}
