import { Inject, Injectable } from '@nestjs/common';
import { IsInt } from 'class-validator';

import { type Favor, GIT_WRITES, type GitWrites, type RebaseRequest } from '../../git/git-writes.port.js';
import { IntegrationPreviews } from '../../git/integration/integration.previews.js';
import { PublishedCommits } from '../../git/integration/published-commits.reader.js';
import { type Repository } from '../../git/repository.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { REWRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { type Question } from '../confirmation.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { FlagField, Optional, RevisionField } from '../fields/field.decorators.js';
import { FavorField } from '../fields/integration.fields.js';
import { headOutput, HeadOutput, headText } from '../outputs/head.output.js';
import { integrationPlan } from '../outputs/integration.plan.js';
import { ProtectedBranches } from '../protected-branches.service.js';
import { question } from '../question.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitRebaseInput extends DestructiveInput {
  @RevisionField('Branch, tag or commit to rebase onto')
  target_branch: string;

  @RevisionField('Put the commits that target_branch does not have onto this instead')
  @Optional()
  onto?: string;

  @FlagField('Fold commits whose subject begins with fixup! or squash! into those that they are for')
  @Optional()
  autosquash: boolean = false;

  @FlagField('Move other branches that are at replayed commits along with them')
  @Optional()
  update_refs: boolean = false;

  @FavorField('Which side wins where both changed the same lines; theirs are the replayed commits')
  @Optional()
  favor?: Favor;
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
      'Replays the commits of the current branch on top of target_branch; their object ids change. A protected branch, and commits that were pushed, only with a yes of the user. On conflicts it fails with merge_conflict and the paths: git_conflicts and git_resolve, then git_continue (or skip); or git_abort. A dry_run says beforehand where it would stop.',
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
    private readonly previews: IntegrationPreviews,
    private readonly published: PublishedCommits,
  ) {}

  async confirmation(
    { target_branch, onto }: GitRebaseInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<Question | undefined> {
    const branch = await this.branches.currentIfProtected(repository, signal);
    if (branch === undefined) {
      const pushed = await this.published.since(repository, target_branch, signal);
      if (pushed === 0) return undefined;
      return question`Rebase commits that a remote has already (${String(pushed)}) onto ${onto ?? target_branch} in the repository ${repository}? They get other ids, and can then only be pushed with force.`;
    }
    return question`Rebase the protected branch ${branch} onto ${target_branch} in the repository ${repository}? Its commits get other ids.`;
  }

  keeps(): Keeps {
    return 'worktree';
  }

  async preview(
    input: GitRebaseInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return integrationPlan(await this.previews.rebase(repository, requestOf(input), signal));
  }

  async run(
    input: GitRebaseInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitRebaseOutput>> {
    const { rewritten, ...head } = await this.writes.rebase(repository, requestOf(input), signal);
    return {
      text: `Rebased ${rewritten === 1 ? '1 commit' : `${rewritten} commits`} onto ${input.onto ?? input.target_branch}: ${headText(head)}`,
      structured: { ...headOutput(head), rewritten },
    };
  }
}

function requestOf(input: GitRebaseInput): RebaseRequest {
  const { onto, favor } = input;
  return {
    upstream: input.target_branch,
    ...(onto !== undefined && { onto }),
    ...(input.autosquash && { autosquash: true }),
    ...(input.update_refs && { updateRefs: true }),
    ...(favor !== undefined && { favor }),
  };
}
