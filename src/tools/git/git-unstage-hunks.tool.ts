import { Injectable } from '@nestjs/common';

import { HunkWriter } from '../../git/hunks/hunk.writer.js';
import { WRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { HunksInput, selectionOf } from '../fields/hunks.input.js';
import { chosenAnswer, ChosenHunksOutput, chosenPlan } from '../outputs/hunks.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

@Injectable()
export class GitUnstageHunksTool implements RepositoryTool<HunksInput, ChosenHunksOutput> {
  readonly spec = {
    name: 'git_unstage_hunks',
    title: 'Unstage some hunks or lines',
    description:
      'Takes single hunks of the staged diff out of the index, by the ids of git_hunks with side staged, or single lines by a range of the staged file. The work tree keeps them. Returns the hunks that were unstaged.',
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
    const changes = await this.writer.plan(repository, 'unstage', selectionOf(input), signal);
    return chosenPlan('Would unstage', 'unstage', changes);
  }

  async run(
    input: HunksInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<ChosenHunksOutput>> {
    return chosenAnswer(
      'Unstaged',
      await this.writer.change(repository, 'unstage', selectionOf(input), signal),
    );
  }
}
