import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsIn, ValidateNested } from 'class-validator';

import { GIT_REMOTES, type GitRemotes, type PullRequest } from '../../git/git-writes.port.js';
import { type Repository } from '../../git/repository.js';
import { RemotePreviews } from '../../git/remotes/remote.previews.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { NETWORK_WRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { type Question } from '../confirmation.js';
import { ChangeInput } from '../fields/change.input.js';
import { ConfirmField, FlagField, NameField, Optional } from '../fields/field.decorators.js';
import { headOutput, HeadOutput, headText } from '../outputs/head.output.js';
import { refUpdateOutput, RefUpdateOutput, refUpdatesText } from '../outputs/ref-update.output.js';
import { ProtectedBranches } from '../protected-branches.service.js';
import { transferPlan } from '../outputs/transfer.plan.js';
import { question } from '../question.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitPullInput extends ChangeInput {
  @NameField('Name of the remote')
  @Optional()
  remote: string = 'origin';

  @NameField('Branch of the remote; the upstream of the current branch if left out')
  @Optional()
  branch?: string;

  @FlagField('Rebase the current branch instead of merging')
  @Optional()
  rebase: boolean = false;

  @FlagField('Fail where the branch cannot be fast-forwarded')
  @Optional()
  fast_forward_only: boolean = false;

  @ConfirmField()
  confirm: boolean = false;
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
      'Fetches a branch of a remote and merges it into the current branch, or rebases onto it; into a protected branch another one only with a yes of the user. On conflicts it fails with merge_conflict and the paths, as git_merge and git_rebase do.',
    toolset: 'remote',
    scopes: ['git:network', 'git:write'],
    access: 'write',
    network: true,
    annotations: NETWORK_WRITE,
    input: GitPullInput,
    output: GitPullOutput,
  } as const;

  constructor(
    @Inject(GIT_REMOTES) private readonly remotes: GitRemotes,
    private readonly branches: ProtectedBranches,
    private readonly previews: RemotePreviews,
  ) {}

  // What a remote has under the branch's own name belongs there; only another branch, or a rebase, is a question.
  async confirmation(
    { remote, branch: pulled, rebase }: GitPullInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<Question | undefined> {
    const branch = await this.branches.currentIfProtected(repository, signal);
    if (branch === undefined) return undefined;
    if (rebase) {
      return question`Rebase the protected branch ${branch} onto what is pulled from ${remote} in the repository ${repository}? Its commits get other ids.`;
    }
    const theirs = pulled ?? (await this.remotes.upstream(repository, branch, remote, signal));
    if (theirs === branch) return undefined;
    return question`Merge ${theirs} of the remote ${remote} into the protected branch ${branch} of the repository ${repository}?`;
  }

  keeps(): Keeps {
    return 'worktree';
  }

  async preview(input: GitPullInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    return transferPlan(await this.previews.pull(repository, requestOf(input), signal));
  }

  async run(
    input: GitPullInput,
    { repository, progress }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitPullOutput>> {
    const request = requestOf(input);
    const { outcome, updates, ...head } = await this.remotes.pull(repository, request, progress, signal);
    return {
      text: `${refUpdatesText(updates)}\n${outcome}: ${headText(head)}`,
      structured: { ...headOutput(head), outcome, updates: updates.map(refUpdateOutput) },
    };
  }
}

function requestOf({ remote, branch, rebase, fast_forward_only }: GitPullInput): PullRequest {
  return {
    remote,
    rebase,
    ...(branch !== undefined && { branch }),
    ...(fast_forward_only && { fastForwardOnly: true }),
  };
}
