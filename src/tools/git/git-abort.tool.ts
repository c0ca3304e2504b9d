import { Inject, Injectable } from '@nestjs/common';

import { type ConflictingOperation, GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { EndingPreviews } from '../../git/integration/ending.previews.js';
import { StashEnder } from '../../git/work-tree/stash.ender.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import { SequencerOperationField } from '../fields/sequencer-operation.field.js';
import { effectsText } from '../outputs/effect.output.js';
import { headOutput, HeadOutput, headText } from '../outputs/head.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitAbortInput extends ChangeInput {
  @SequencerOperationField()
  operation: ConflictingOperation;
}

@Injectable()
export class GitAbortTool implements RepositoryTool<GitAbortInput, HeadOutput> {
  readonly spec = {
    name: 'git_abort',
    title: 'Give up an unfinished operation',
    description:
      'Gives up an unfinished merge, rebase, cherry-pick, revert or application of a stash (the entry stays) and restores the state before it. Resolutions made so far are lost; git_undo brings them back.',
    toolset: 'integrate',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: DISCARD,
    input: GitAbortInput,
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

  async preview(input: GitAbortInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    const effects = await this.endings.abort(repository, input.operation, signal);
    return { text: `Would give up the ${input.operation}:\n${effectsText(effects)}`, effects };
  }

  async run(
    { operation }: GitAbortInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<HeadOutput>> {
    const head =
      operation === 'stash'
        ? await this.stash.giveUp(repository, signal)
        : await this.writes.abort(repository, operation, signal);
    return { text: `Aborted the ${operation}: ${headText(head)}`, structured: headOutput(head) };
  }
}
