import { Inject, Injectable } from '@nestjs/common';
import { IsInt } from 'class-validator';

import { GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { REWRITE } from '../annotations.js';
import { RevisionField } from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { headOutput, HeadOutput, headText } from '../outputs/head.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitRebaseInput extends RepositoryInput {
  @RevisionField('Branch, tag or commit to rebase onto')
  target_branch: string;
}

export class GitRebaseOutput extends HeadOutput {
  @Describe('How many commits were replayed')
  @IsInt()
  rewritten: number;
}

@Injectable()
export class GitRebaseTool implements RepositoryTool<GitRebaseInput, GitRebaseOutput> {
  readonly spec = {
    name: 'git_rebase',
    title: 'Rebase the current branch',
    description:
      'Replays the commits of the current branch on top of target_branch; their object ids change. On conflicts it fails with merge_conflict and the paths: resolve them, git_add them, then git_continue; or git_abort.',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: REWRITE,
    input: GitRebaseInput,
    output: GitRebaseOutput,
  } as const;

  constructor(@Inject(GIT_WRITES) private readonly writes: GitWrites) {}

  async run(
    { target_branch }: GitRebaseInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitRebaseOutput>> {
    const { rewritten, ...head } = await this.writes.rebase(repository, target_branch, signal);
    return {
      text: `Rebased ${rewritten === 1 ? '1 commit' : `${rewritten} commits`} onto ${target_branch}: ${headText(head)}`,
      structured: { ...headOutput(head), rewritten },
    };
  }
}
