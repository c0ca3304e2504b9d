import { Injectable } from '@nestjs/common';
import { IsArray, IsString } from 'class-validator';

import { type RestoredPaths, RestoreWriter } from '../../git/work-tree/restore.writer.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { FlagField, Optional, RevisionField } from '../fields/field.decorators.js';
import { PathsField } from '../fields/list.fields.js';
import { listing, OmittedField, omittedOutput } from '../outputs/listing.js';
import { pathsText } from '../outputs/paths.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitRestoreInput extends DestructiveInput {
  @PathsField('Files and folders, relative to the top of the work tree; "." for everything')
  paths: string[];

  @FlagField('Restore the index, which unstages the paths')
  @Optional()
  staged: boolean = false;

  @FlagField('Restore the files, which loses their changes; true where staged is false')
  @Optional()
  worktree?: boolean;

  @RevisionField('Branch, tag or commit to take the content from; the index if left out, with staged HEAD')
  @Optional()
  source?: string;
}

export class GitRestoreOutput {
  @Describe('Paths whose entry in the index was restored')
  @IsArray()
  @IsString({ each: true })
  staged: string[];

  @Describe('Files that were restored, made or removed in the work tree')
  @IsArray()
  @IsString({ each: true })
  worktree: string[];

  @OmittedField()
  omitted?: number;
}

@Injectable()
export class GitRestoreTool implements RepositoryTool<GitRestoreInput, GitRestoreOutput> {
  readonly spec = {
    name: 'git_restore',
    title: 'Restore files or unstage them',
    description:
      'Gives paths back the content that the index, HEAD or another commit has. With staged it unstages, and nothing is lost; with worktree it overwrites uncommitted changes, which needs a yes to the plan of a dry_run. Untracked files are not touched. Returns the paths that changed.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: DISCARD,
    input: GitRestoreInput,
    output: GitRestoreOutput,
  } as const;

  constructor(private readonly writer: RestoreWriter) {}

  needsPlan(input: GitRestoreInput): boolean {
    return requestOf(input).worktree;
  }

  keeps(input: GitRestoreInput): 'index' | 'worktree' {
    return requestOf(input).worktree ? 'worktree' : 'index';
  }

  async preview(
    input: GitRestoreInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const paths = await this.writer.plan(repository, requestOf(input), signal);
    return {
      text: text('Would restore', paths),
      effects: [
        ...paths.staged.map((subject) => ({ action: 'unstage', subject })),
        ...paths.worktree.map((subject) => ({ action: 'overwrite', subject })),
      ],
    };
  }

  async run(
    input: GitRestoreInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitRestoreOutput>> {
    const paths = await this.writer.restore(repository, requestOf(input), signal);
    const staged = listing(paths.staged);
    const worktree = listing(paths.worktree);
    const structured = { staged: [...staged.shown], worktree: [...worktree.shown] };
    const omitted = omittedOutput(staged.omitted + worktree.omitted);
    return { text: text('Restored', paths), structured: { ...structured, ...omitted } };
  }
}

function requestOf({ paths, staged, worktree = !staged, source }: GitRestoreInput) {
  return { paths, staged, worktree, ...(source !== undefined && { source }) };
}

function text(done: string, { staged, worktree }: RestoredPaths): string {
  if (staged.length === 0) return pathsText(`${done} in the work tree`, worktree);
  const inIndex = pathsText(`${done} in the index`, staged);
  return worktree.length === 0 ? inIndex : `${inIndex}\n${pathsText(`${done} in the work tree`, worktree)}`;
}
