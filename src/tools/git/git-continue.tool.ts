import { Inject, Injectable } from '@nestjs/common';

import { GIT_WRITES, type GitWrites, type SequencerOperation } from '../../git/git-writes.port.js';
import { WRITE } from '../annotations.js';
import { type Keeps } from '../changes/plan.js';
import { SequencerOperationField } from '../fields/sequencer-operation.field.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { headOutput, HeadOutput, headText } from '../outputs/head.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitContinueInput extends RepositoryInput {
  @SequencerOperationField()
  operation: SequencerOperation;
}

@Injectable()
export class GitContinueTool implements RepositoryTool<GitContinueInput, HeadOutput> {
  readonly spec = {
    name: 'git_continue',
    title: 'Go on with an unfinished operation',
    description:
      'Goes on with a merge, rebase, cherry-pick or revert after its conflicts were resolved and staged with git_add. Fails with merge_conflict where conflicts are left or the next commit brings new ones.',
    toolset: 'integrate',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: WRITE,
    input: GitContinueInput,
    output: HeadOutput,
  } as const;

  constructor(@Inject(GIT_WRITES) private readonly writes: GitWrites) {}

  keeps(): Keeps {
    return 'worktree';
  }

  async run(
    { operation }: GitContinueInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<HeadOutput>> {
    const head = await this.writes.continue(repository, operation, signal);
    return { text: `Completed the ${operation}: ${headText(head)}`, structured: headOutput(head) };
  }
}
