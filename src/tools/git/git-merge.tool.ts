import { Inject, Injectable } from '@nestjs/common';
import { IsIn } from 'class-validator';

import { type Favor, GIT_WRITES, type GitWrites, type MergeRequest } from '../../git/git-writes.port.js';
import { IntegrationPreviews } from '../../git/integration/integration.previews.js';
import { type Repository } from '../../git/repository.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { WRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { type Question } from '../confirmation.js';
import { AllowSecretsField } from '../fields/change.input.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { ChoiceField, FlagField, MessageField, Optional, RevisionField } from '../fields/field.decorators.js';
import { FavorField } from '../fields/integration.fields.js';
import { headOutput, HeadOutput, headText } from '../outputs/head.output.js';
import { integrationPlan } from '../outputs/integration.plan.js';
import { ProtectedBranches } from '../protected-branches.service.js';
import { question } from '../question.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const STRATEGIES = ['ort', 'ours'] as const;

export class GitMergeInput extends DestructiveInput {
  @RevisionField('Branch, tag or commit to merge into the current branch')
  source_branch: string;

  @MessageField('Message of the merge commit; git words one if left out')
  @Optional()
  message?: string;

  @FlagField('Make a merge commit even where a fast-forward is possible')
  @Optional()
  no_fast_forward: boolean = false;

  @FlagField('Fail where a merge commit would be needed')
  @Optional()
  fast_forward_only: boolean = false;

  @FlagField('Stage what the merge would bring as one change, for git_commit; no merge is recorded')
  @Optional()
  squash: boolean = false;

  @ChoiceField('ours: record the merge and keep every file as it is', STRATEGIES)
  @Optional()
  strategy?: (typeof STRATEGIES)[number];

  @FavorField('Which side wins where both changed the same lines; ours is the current branch')
  @Optional()
  favor?: Favor;

  @AllowSecretsField()
  allow_secrets?: string;
}

const OUTCOMES = ['already-up-to-date', 'fast-forward', 'merged', 'squashed'] as const;

const TEXTS = {
  'already-up-to-date': 'Already up to date',
  'fast-forward': 'Fast-forwarded',
  merged: 'Merged',
  squashed: 'Staged as one change, for git_commit',
} as const;

export class GitMergeOutput extends HeadOutput {
  @Describe('What the merge did')
  @IsIn([...OUTCOMES])
  outcome: (typeof OUTCOMES)[number];
}

@Injectable()
export class GitMergeTool implements RepositoryTool<GitMergeInput, GitMergeOutput> {
  readonly spec = {
    name: 'git_merge',
    title: 'Merge a branch',
    description:
      'Merges source_branch into the current branch; fast-forwards where possible. Onto a protected branch only with a yes of the user. On conflicts it fails with merge_conflict and the paths: git_conflicts and git_resolve, then git_continue; or git_abort. A dry_run says beforehand whether there would be any.',
    toolset: 'integrate',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: WRITE,
    input: GitMergeInput,
    output: GitMergeOutput,
  } as const;

  constructor(
    @Inject(GIT_WRITES) private readonly writes: GitWrites,
    private readonly branches: ProtectedBranches,
    private readonly previews: IntegrationPreviews,
  ) {}

  async confirmation(
    { source_branch }: GitMergeInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<Question | undefined> {
    const branch = await this.branches.currentIfProtected(repository, signal);
    if (branch === undefined) return undefined;
    return question`Merge ${source_branch} into the protected branch ${branch} of the repository ${repository}?`;
  }

  keeps(): Keeps {
    return 'worktree';
  }

  async preview(input: GitMergeInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    return integrationPlan(await this.previews.merge(repository, requestOf(input), signal));
  }

  async run(
    input: GitMergeInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitMergeOutput>> {
    const { outcome, ...head } = await this.writes.merge(repository, requestOf(input), signal);
    return { text: `${TEXTS[outcome]}: ${headText(head)}`, structured: { ...headOutput(head), outcome } };
  }
}

function requestOf(input: GitMergeInput): MergeRequest {
  const { message, strategy, favor, allow_secrets: allowSecrets } = input;
  return {
    source: input.source_branch,
    noFastForward: input.no_fast_forward,
    ...(message !== undefined && { message }),
    ...(input.fast_forward_only && { fastForwardOnly: true }),
    ...(input.squash && { squash: true }),
    ...(strategy !== undefined && { strategy }),
    ...(favor !== undefined && { favor }),
    ...(allowSecrets !== undefined && { allowSecrets }),
  };
}
