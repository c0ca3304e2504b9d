import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsString, ValidateNested } from 'class-validator';

import { PatchApplier, type PatchedFile, type PatchRequest } from '../../git/work-tree/patch.applier.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { REWRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import { ChoiceField, ContentField, FlagField, Optional } from '../fields/field.decorators.js';
import { listing, OmittedField, omittedOutput } from '../outputs/listing.js';
import { pathsText } from '../outputs/paths.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const TARGETS = ['worktree', 'index', 'both'] as const;

export class GitApplyInput extends ChangeInput {
  @ContentField('Unified diff as git prints it, with a/ and b/ before the paths and a line end at its end')
  patch: string;

  @ChoiceField('What is changed: the files, what is staged, or both', TARGETS)
  @Optional()
  to: (typeof TARGETS)[number] = 'worktree';

  @FlagField('Take the patch back')
  @Optional()
  reverse: boolean = false;

  @FlagField('Where the patch does not fit, merge by the blobs that it names; changes files and index')
  @Optional()
  three_way: boolean = false;
}

export class PatchedFileOutput {
  @IsString()
  path: string;

  @Describe('Lines that the patch adds; 0 for a binary file')
  @IsInt()
  additions: number;

  @Describe('Lines that the patch deletes; 0 for a binary file')
  @IsInt()
  deletions: number;
}

export class GitApplyOutput {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => PatchedFileOutput)
  files: PatchedFileOutput[];

  @OmittedField()
  omitted?: number;
}

@Injectable()
export class GitApplyTool implements RepositoryTool<GitApplyInput, GitApplyOutput> {
  readonly spec = {
    name: 'git_apply',
    title: 'Apply a patch',
    description:
      'Applies a unified diff to the work tree, the index or both, whole or not at all. Fails with does-not-apply and the places that do not fit: make the patch anew from the current content, or try three_way, which may leave conflicts: edit the files and git_add them. It writes nothing outside of the work tree. Returns the files that changed.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: REWRITE,
    input: GitApplyInput,
    output: GitApplyOutput,
  } as const;

  constructor(private readonly applier: PatchApplier) {}

  keeps({ to, three_way }: GitApplyInput): 'index' | 'worktree' {
    return to === 'index' && !three_way ? 'index' : 'worktree';
  }

  async preview(input: GitApplyInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    const files = await this.applier.plan(repository, requestOf(input), signal);
    return {
      text: text('Would change', files),
      effects: files.map(({ path }) => ({ action: 'update', subject: path })),
    };
  }

  async run(
    input: GitApplyInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitApplyOutput>> {
    const files = await this.applier.apply(repository, requestOf(input), signal);
    const { shown, omitted } = listing(files);
    return { text: text('Changed', files), structured: { files: [...shown], ...omittedOutput(omitted) } };
  }
}

function requestOf({ patch, to, reverse, three_way }: GitApplyInput): PatchRequest {
  return { patch, to, reverse, threeWay: three_way };
}

function text(done: string, files: readonly PatchedFile[]): string {
  return pathsText(
    done,
    files.map(({ path, additions, deletions }) => `${path} +${additions} -${deletions}`),
  );
}
