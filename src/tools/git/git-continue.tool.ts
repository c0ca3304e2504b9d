import { Inject, Injectable } from '@nestjs/common';

import {
  type ConflictingOperation,
  type ContinueOptions,
  GIT_WRITES,
  type GitWrites,
  type HeadState,
} from '../../git/git-writes.port.js';
import { type Repository } from '../../git/repository.js';
import { EndingPreviews } from '../../git/integration/ending.previews.js';
import { StashEnder } from '../../git/work-tree/stash.ender.js';
import { ServerError } from '../../shared/errors/index.js';
import { WRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { AllowSecretsField, ChangeInput } from '../fields/change.input.js';
import { FlagField, Optional } from '../fields/field.decorators.js';
import { SequencerOperationField } from '../fields/sequencer-operation.field.js';
import { effectsText } from '../outputs/effect.output.js';
import { headOutput, HeadOutput, headText } from '../outputs/head.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitContinueInput extends ChangeInput {
  @SequencerOperationField()
  operation: ConflictingOperation;

  @FlagField('Leave out the commit that it stopped at, and go on with the next')
  @Optional()
  skip: boolean = false;

  @AllowSecretsField()
  allow_secrets?: string;
}

@Injectable()
export class GitContinueTool implements RepositoryTool<GitContinueInput, HeadOutput> {
  readonly spec = {
    name: 'git_continue',
    title: 'Go on with an unfinished operation',
    description:
      'Goes on with a merge, rebase, cherry-pick or revert after its conflicts were resolved (git_resolve, or git_add); of a stash that was popped it drops the entry. Fails with merge_conflict where conflicts are left or the next commit brings new ones, with secrets-found where the resolution holds a secret that neither side has.',
    toolset: 'integrate',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: WRITE,
    input: GitContinueInput,
    output: HeadOutput,
  } as const;

  constructor(
    @Inject(GIT_WRITES) private readonly writes: GitWrites,
    private readonly stash: StashEnder,
    private readonly endings: EndingPreviews,
  ) {}

  keeps(): Keeps {
    return 'worktree';
  }

  async preview(
    input: GitContinueInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const { operation, skip } = input;
    const effects = await this.endings.goOn(repository, operation, skip, signal, optionsOf(input));
    return { text: `Would go on with the ${operation}:\n${effectsText(effects)}`, effects };
  }

  async run(
    input: GitContinueInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<HeadOutput>> {
    const head = await this.goOn(input, repository, signal);
    return { text: `Completed the ${input.operation}: ${headText(head)}`, structured: headOutput(head) };
  }

  private goOn(input: GitContinueInput, repository: Repository, signal: AbortSignal): Promise<HeadState> {
    const { operation, skip } = input;
    if (operation === 'stash') {
      if (skip) throw nothingToSkip();
      return this.stash.complete(repository, signal);
    }
    return skip
      ? this.writes.skip(repository, operation, signal)
      : this.writes.continue(repository, operation, signal, optionsOf(input));
  }
}

function optionsOf({ allow_secrets: allowSecrets }: GitContinueInput): ContinueOptions {
  return { ...(allowSecrets !== undefined && { allowSecrets }) };
}

function nothingToSkip(): ServerError {
  const message = 'A stash is applied in one step, which cannot be skipped; git_abort gives it up';
  return new ServerError('operation_failed', message, { details: { reason: 'nothing-to-skip' } });
}
