import { Injectable } from '@nestjs/common';

import { HunkWriter } from '../../git/hunks/hunk.writer.js';
import { WRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { HunksInput, selectionOf } from '../fields/hunks.input.js';
import { chosenAnswer, ChosenHunksOutput, chosenPlan } from '../outputs/hunks.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

@Injectable()
export class GitStageHunksTool implements RepositoryTool<HunksInput, ChosenHunksOutput> {
  readonly spec = {
    name: 'git_stage_hunks',
    title: 'Stage some hunks or lines',
    description:
      'Stages single hunks of the unstaged diff, by the ids of git_hunks, or single lines of a file by a range. The rest of the file stays unstaged. Returns the hunks that were staged.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: WRITE,
    input: HunksInput,
    output: ChosenHunksOutput,
  } as const;

  constructor(private readonly writer: HunkWriter) {}

  async preview(input: HunksInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    const changes = await this.writer.plan(repository, 'stage', selectionOf(input), signal);
    return chosenPlan('Would stage', 'stage', changes);
  }

  async run(
    input: HunksInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<ChosenHunksOutput>> {
    return chosenAnswer('Staged', await this.writer.change(repository, 'stage', selectionOf(input), signal));
  }
}
