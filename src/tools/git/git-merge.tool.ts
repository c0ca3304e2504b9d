import { Inject, Injectable } from '@nestjs/common';
import { IsIn } from 'class-validator';

import { GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { type Repository } from '../../git/repository.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { WRITE } from '../annotations.js';
import { type Keeps } from '../changes/plan.js';
import { type Question } from '../confirmation.js';
import {
  ConfirmField,
  FlagField,
  MessageField,
  Optional,
  RevisionField,
} from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { headOutput, HeadOutput, headText } from '../outputs/head.output.js';
import { ProtectedBranches } from '../protected-branches.service.js';
import { question } from '../question.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitMergeInput extends RepositoryInput {
  @RevisionField('Branch, tag or commit to merge into the current branch')
  source_branch: string;

  @MessageField('Message of the merge commit; git words one if left out')
  @Optional()
  message?: string;

  @FlagField('Make a merge commit even where a fast-forward is possible')
  @Optional()
  no_fast_forward: boolean = false;

  @ConfirmField()
  confirm: boolean = false;
}

const OUTCOMES = ['already-up-to-date', 'fast-forward', 'merged'] as const;

const TEXTS = {
  'already-up-to-date': 'Already up to date',
  'fast-forward': 'Fast-forwarded',
  merged: 'Merged',
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
      'Merges source_branch into the current branch; fast-forwards where possible. Onto a protected branch only with a yes of the user. On conflicts it fails with merge_conflict and the paths: resolve them, git_add them, then git_continue; or git_abort.',
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

  async run(
    input: GitMergeInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitMergeOutput>> {
    const request = {
      source: input.source_branch,
      noFastForward: input.no_fast_forward,
      ...(input.message !== undefined && { message: input.message }),
    };
    const { outcome, ...head } = await this.writes.merge(repository, request, signal);
    return { text: `${TEXTS[outcome]}: ${headText(head)}`, structured: { ...headOutput(head), outcome } };
  }
}
