import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsString, ValidateNested } from 'class-validator';

import { type MovedPath, type MoveRequest, MoveWriter } from '../../git/work-tree/move.writer.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { REWRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { FlagField, Optional, PathField } from '../fields/field.decorators.js';
import { PathsField } from '../fields/list.fields.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitMvInput extends DestructiveInput {
  @PathsField('Tracked files and folders to move, relative to the top of the work tree')
  sources: string[];

  @PathField('Their new name, or an existing folder to move them into')
  destination: string;

  @FlagField('Overwrite a file at the destination')
  @Optional()
  force: boolean = false;
}

export class MovedPathOutput {
  @IsString()
  from: string;

  @IsString()
  to: string;
}

export class GitMvOutput {
  @Describe('A folder is one entry')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => MovedPathOutput)
  moved: MovedPathOutput[];
}

@Injectable()
export class GitMvTool implements RepositoryTool<GitMvInput, GitMvOutput> {
  readonly spec = {
    name: 'git_mv',
    title: 'Move or rename files',
    description:
      'Moves tracked files and folders in the work tree and the index at once, with their unstaged changes. Use it instead of moving files yourself, so that the rename is staged. With force it overwrites, which needs a yes to the plan of a dry_run. Returns from and to of each.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: REWRITE,
    input: GitMvInput,
    output: GitMvOutput,
  } as const;

  constructor(private readonly writer: MoveWriter) {}

  needsPlan({ force }: GitMvInput): boolean {
    return force;
  }

  keeps(): 'worktree' {
    return 'worktree';
  }

  async preview(input: GitMvInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    const moved = await this.writer.plan(repository, requestOf(input), signal);
    return {
      text: text('Would move', moved),
      effects: moved.map(({ from, to }) => ({ action: 'move', subject: from, from, to })),
    };
  }

  async run(
    input: GitMvInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitMvOutput>> {
    const moved = await this.writer.move(repository, requestOf(input), signal);
    return { text: text('Moved', moved), structured: { moved: [...moved] } };
  }
}

function requestOf({ sources, destination, force }: GitMvInput): MoveRequest {
  return { sources, destination, force };
}

function text(done: string, moved: readonly MovedPath[]): string {
  return moved.map(({ from, to }) => `${done} ${from} to ${to}`).join('\n');
}
