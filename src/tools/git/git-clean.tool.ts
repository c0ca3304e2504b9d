import { Injectable } from '@nestjs/common';
import { IsArray, IsOptional, IsString } from 'class-validator';

import { type CleanRequest, CleanWriter } from '../../git/work-tree/clean.writer.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { ChoiceField, FlagField, Optional } from '../fields/field.decorators.js';
import { AnyPathsField, TextsField } from '../fields/list.fields.js';
import { PathsOutput, pathsOutput, pathsText } from '../outputs/paths.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const IGNORED = ['keep', 'too', 'only'] as const;

export class GitCleanInput extends DestructiveInput {
  @AnyPathsField('Only within these files and folders, relative to the top of the work tree')
  @Optional()
  paths: string[] = [];

  @FlagField('Also files in untracked folders, and the folders')
  @Optional()
  directories: boolean = false;

  @ChoiceField('What .gitignore excludes: keep it, remove it too, or remove nothing else', IGNORED)
  @Optional()
  ignored: (typeof IGNORED)[number] = 'keep';

  @TextsField('Patterns as .gitignore has them; what matches is kept')
  @Optional()
  exclude: string[] = [];
}

export class GitCleanOutput extends PathsOutput {
  @Describe('Repositories of their own, which are never removed')
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  skipped?: string[];
}

@Injectable()
export class GitCleanTool implements RepositoryTool<GitCleanInput, GitCleanOutput> {
  readonly spec = {
    name: 'git_clean',
    title: 'Remove untracked files',
    description:
      'Removes files that git does not know from the work tree, for good but for git_undo. Call it with dry_run first: that lists what would go and gives the plan_token that the real call needs. Returns the removed paths; a folder that went as a whole ends in /.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: DISCARD,
    input: GitCleanInput,
    output: GitCleanOutput,
  } as const;

  constructor(private readonly writer: CleanWriter) {}

  needsPlan(): boolean {
    return true;
  }

  keeps({ ignored }: GitCleanInput): 'worktree' | 'everything' {
    return ignored === 'keep' ? 'worktree' : 'everything';
  }

  async preview(input: GitCleanInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    const { removed } = await this.writer.plan(repository, requestOf(input), signal);
    return {
      text: pathsText('Would remove', removed),
      effects: removed.map((subject) => ({ action: 'delete', subject })),
    };
  }

  async run(
    input: GitCleanInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitCleanOutput>> {
    const { removed, skipped } = await this.writer.clean(repository, requestOf(input), signal);
    const kept =
      skipped.length === 0 ? undefined : pathsText('Left alone, being repositories of their own,', skipped);
    return {
      text: [pathsText('Removed', removed), ...(kept === undefined ? [] : [kept])].join('\n'),
      structured: { ...pathsOutput(removed), ...(kept !== undefined && { skipped: [...skipped] }) },
    };
  }
}

function requestOf({ paths, directories, ignored, exclude }: GitCleanInput): CleanRequest {
  return { paths, directories, ignored, exclude };
}
