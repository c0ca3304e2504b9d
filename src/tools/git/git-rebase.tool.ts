import { Inject, Injectable } from '@nestjs/common';
import { IsInt } from 'class-validator';

import { GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { type Repository } from '../../git/repository.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { REWRITE } from '../annotations.js';
import { type Keeps } from '../changes/plan.js';
import { type Question } from '../confirmation.js';
import { ConfirmField, RevisionField } from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { headOutput, HeadOutput, headText } from '../outputs/head.output.js';
import { ProtectedBranches } from '../protected-branches.service.js';
import { question } from '../question.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitRebaseInput extends RepositoryInput {
  @RevisionField('Branch, tag or commit to rebase onto')
  target_branch: string;

  @ConfirmField()
  confirm: boolean = false;
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
      'Replays the commits of the current branch on top of target_branch; their object ids change. A protected branch only with a yes of the user. On conflicts it fails with merge_conflict and the paths: resolve them, git_add them, then git_continue; or git_abort.',
    toolset: 'integrate',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: REWRITE,
    input: GitRebaseInput,
    output: GitRebaseOutput,
  } as const;

  constructor(
    @Inject(GIT_WRITES) private readonly writes: GitWrites,
    private readonly branches: ProtectedBranches,
  ) {}

  async confirmation(
    { target_branch }: GitRebaseInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<Question | undefined> {
    const branch = await this.branches.currentIfProtected(repository, signal);
    if (branch === undefined) return undefined;
    return question`Rebase the protected branch ${branch} onto ${target_branch} in the repository ${repository}? Its commits get other ids.`;
  }

  keeps(): Keeps {
    return 'worktree';
  }

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
