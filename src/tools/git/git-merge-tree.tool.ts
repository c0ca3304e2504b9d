import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsString, ValidateNested } from 'class-validator';

import { type MergePreview, MergeTreeReader } from '../../git/inspect/merge-tree.reader.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { FlagField, Optional, RevisionField } from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { DiffFileOutput } from '../outputs/diff.output.js';
import { shortSha } from '../outputs/head.output.js';
import { listing, OmittedField, omittedOutput, omittedText } from '../outputs/listing.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitMergeTreeInput extends RepositoryInput {
  @RevisionField('What would be merged')
  theirs: string;

  @RevisionField('What it would be merged into')
  @Optional()
  ours: string = 'HEAD';

  @FlagField('Also histories that have nothing in common')
  @Optional()
  unrelated: boolean = false;
}

export class ConflictStageOutput {
  @Describe('1 base, 2 ours, 3 theirs')
  @IsInt()
  stage: number;

  @IsString()
  mode: string;

  @IsString()
  sha: string;
}

export class MergeConflictOutput {
  @IsString()
  path: string;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ConflictStageOutput)
  stages: ConflictStageOutput[];
}

export class MergeMessageOutput {
  @Describe('Such as Auto-merging, or CONFLICT (contents)')
  @IsString()
  type: string;

  @IsArray()
  @IsString({ each: true })
  paths: string[];

  @IsString()
  text: string;
}

export class GitMergeTreeOutput {
  @Describe('The merge would need no hand')
  @IsBoolean()
  clean: boolean;

  @IsString()
  ours: string;

  @IsString()
  theirs: string;

  @Describe('What the two have in common')
  @Nullable()
  @IsString()
  base: string | null;

  @Describe('Id that the merged tree would have; the repository does not get it')
  @IsString()
  tree: string;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => MergeConflictOutput)
  conflicts: MergeConflictOutput[];

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => MergeMessageOutput)
  messages: MergeMessageOutput[];

  @Describe('What the merge would change in ours; with markers in what conflicts')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => DiffFileOutput)
  files: DiffFileOutput[];

  @OmittedField()
  omitted?: number;
}

@Injectable()
export class GitMergeTreeTool implements RepositoryTool<GitMergeTreeInput, GitMergeTreeOutput> {
  readonly spec = {
    name: 'git_merge_tree',
    title: 'Preview a merge',
    description:
      'Says what a merge would come to without making it: whether it is clean, which paths conflict and with which stages, which files would change. Writes nothing, also not to the object store; works in bare repositories and beside uncommitted changes.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitMergeTreeInput,
    output: GitMergeTreeOutput,
  } as const;

  constructor(private readonly reader: MergeTreeReader) {}

  async run(
    { ours, theirs, unrelated }: GitMergeTreeInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitMergeTreeOutput>> {
    const merge = await this.reader.merge(repository, { ours, theirs, unrelated }, signal);
    const { shown, omitted } = listing(merge.files);
    return {
      text: [...previewText(merge), ...omittedText(omitted)].join('\n'),
      structured: {
        clean: merge.conflicts.length === 0,
        ours: merge.ours,
        theirs: merge.theirs,
        base: merge.base,
        tree: merge.tree,
        conflicts: merge.conflicts.map(({ path, stages }) => ({ path, stages: [...stages] })),
        messages: merge.messages.map((message) => ({ ...message, paths: [...message.paths] })),
        files: [...shown],
        ...omittedOutput(omitted),
      },
    };
  }
}

function previewText({ ours, theirs, base, conflicts, messages, files }: MergePreview): string[] {
  const ends = `${shortSha(theirs)} into ${shortSha(ours)}`;
  const fate =
    base === theirs
      ? `Nothing to merge: ${shortSha(ours)} has all of ${shortSha(theirs)}.`
      : base === ours
        ? `Merging ${ends} is a fast-forward.`
        : conflicts.length === 0
          ? `Merging ${ends} is clean.`
          : `Merging ${ends} conflicts in ${conflicts.length} ${conflicts.length === 1 ? 'path' : 'paths'}:`;
  const notes = messages.filter(({ type }) => type.startsWith('CONFLICT')).map(({ text }) => text);
  const changed = files.map(
    ({ status, path, additions, deletions }) => `${status} ${path} +${additions} -${deletions}`,
  );
  return [fate, ...notes, ...changed];
}
