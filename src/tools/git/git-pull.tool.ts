import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsIn, ValidateNested } from 'class-validator';

import { GIT_REMOTES, type GitRemotes } from '../../git/git-writes.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { NETWORK_WRITE } from '../annotations.js';
import { FlagField, NameField, Optional } from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { headOutput, HeadOutput, headText } from '../outputs/head.output.js';
import { refUpdateOutput, RefUpdateOutput, refUpdatesText } from '../outputs/ref-update.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitPullInput extends RepositoryInput {
  @NameField('Name of the remote')
  @Optional()
  remote: string = 'origin';

  @NameField('Branch of the remote; the upstream of the current branch if left out')
  @Optional()
  branch?: string;

  @FlagField('Rebase the current branch instead of merging')
  @Optional()
  rebase: boolean = false;
}

const OUTCOMES = ['already-up-to-date', 'fast-forward', 'merged', 'rebased'] as const;

export class GitPullOutput extends HeadOutput {
  @Describe('What became of the current branch')
  @IsIn([...OUTCOMES])
  outcome: (typeof OUTCOMES)[number];

  @Describe('Refs that the fetch looked at')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => RefUpdateOutput)
  updates: RefUpdateOutput[];
}

@Injectable()
export class GitPullTool implements RepositoryTool<GitPullInput, GitPullOutput> {
  readonly spec = {
    name: 'git_pull',
    title: 'Pull from a remote',
    description:
      'Fetches a branch of a remote and merges it into the current branch, or rebases onto it. On conflicts it fails with merge_conflict and the paths, as git_merge and git_rebase do.',
    scopes: ['git:network', 'git:write'],
    access: 'write',
    network: true,
    annotations: NETWORK_WRITE,
    input: GitPullInput,
    output: GitPullOutput,
  } as const;

  constructor(@Inject(GIT_REMOTES) private readonly remotes: GitRemotes) {}

  async run(
    { remote, branch, rebase }: GitPullInput,
    { repository, progress }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitPullOutput>> {
    const request = { remote, rebase, ...(branch !== undefined && { branch }) };
    const { outcome, updates, ...head } = await this.remotes.pull(repository, request, progress, signal);
    return {
      text: `${refUpdatesText(updates)}\n${outcome}: ${headText(head)}`,
      structured: { ...headOutput(head), outcome, updates: updates.map(refUpdateOutput) },
    };
  }
}
