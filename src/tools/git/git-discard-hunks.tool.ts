import { Injectable } from '@nestjs/common';

import { HunkWriter } from '../../git/hunks/hunk.writer.js';
import { DISCARD } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { LostHunksInput, selectionOf } from '../fields/hunks.input.js';
import { chosenAnswer, ChosenHunksOutput, chosenPlan } from '../outputs/hunks.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

@Injectable()
export class GitDiscardHunksTool implements RepositoryTool<LostHunksInput, ChosenHunksOutput> {
  readonly spec = {
    name: 'git_discard_hunks',
    title: 'Discard some hunks or lines',
    description:
      'Takes single unstaged hunks back in the work tree, by the ids of git_hunks, or single lines of a file by a range. They are lost but for git_undo, so a call needs a yes to the plan of a dry_run. Returns the hunks that were discarded.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: DISCARD,
    input: LostHunksInput,
    output: ChosenHunksOutput,
  } as const;

  constructor(private readonly writer: HunkWriter) {}

  needsPlan(): boolean {
    return true;
  }

  keeps(): 'worktree' {
    return 'worktree';
  }

  async preview(
    input: LostHunksInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const changes = await this.writer.plan(repository, 'discard', selectionOf(input), signal);
    return chosenPlan('Would discard', 'overwrite', changes);
  }

  async run(
    input: LostHunksInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<ChosenHunksOutput>> {
    return chosenAnswer(
      'Discarded',
      await this.writer.change(repository, 'discard', selectionOf(input), signal),
    );
  }
}
