import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type ChangeItem, HunkReader, type HunkSide } from '../../git/hunks/hunk.reader.js';
import { hunkText } from '../../git/hunks/hunk-selection.js';
import { nameText } from '../../git/work-tree/path-lists.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { ChoiceField, Optional } from '../fields/field.decorators.js';
import { AnyPathsField } from '../fields/list.fields.js';
import { PagedInput } from '../fields/paged.input.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const SIDES = ['unstaged', 'staged'] as const;

export class GitHunksInput extends PagedInput {
  @ChoiceField('unstaged: the work tree against the index; staged: the index against HEAD', SIDES)
  @Optional()
  side: HunkSide = 'unstaged';

  @AnyPathsField('Only these files and folders, relative to the top of the work tree')
  @Optional()
  paths: string[] = [];
}

export class HunkOutput {
  @Describe('For git_stage_hunks, git_unstage_hunks and git_discard_hunks; the same as long as the change is')
  @IsString()
  id: string;

  @IsString()
  path: string;

  @Describe('modified, added, deleted, binary, or mode for a change of the file mode alone')
  @IsString()
  kind: string;

  @Describe('First line of the hunk on the old side')
  @IsOptional()
  @IsInt()
  old_start?: number;

  @Describe('First line of the hunk on the new side; what line ranges count by')
  @IsOptional()
  @IsInt()
  new_start?: number;

  @Describe('The hunk as in a patch')
  @IsOptional()
  @IsString()
  patch?: string;
}

export class GitHunksOutput {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => HunkOutput)
  hunks: HunkOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

@Injectable()
export class GitHunksTool implements RepositoryTool<GitHunksInput, GitHunksOutput> {
  readonly spec = {
    name: 'git_hunks',
    title: 'List changes hunk by hunk',
    description:
      'Takes the unstaged or staged diff apart into hunks with ids, to stage, unstage or discard some of them. An id names what changes and not where, so it stays the same while other changes come and go. A change of the mode, a binary file and an empty file are one entry each. Untracked files are not listed: git_add them.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitHunksInput,
    output: GitHunksOutput,
  } as const;

  constructor(private readonly reader: HunkReader) {}

  async run(
    input: GitHunksInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitHunksOutput>> {
    const items = await this.reader.list(repository, input.side, input.paths, signal);
    const state = () => items.map(({ id }) => id).join(' ');
    const page = listPage({ tool: this.spec.name, input, form, state }, items, (item) => ({
      text: textOf(item),
      structured: outputOf(item),
    }));
    const text = [...page.items.map(textOf), ...moreText(page)].join('\n');
    return {
      text: items.length === 0 ? `Nothing is ${input.side} in tracked files.` : text,
      structured: { hunks: page.items.map(outputOf), ...pageOutput(page) },
    };
  }
}

function outputOf({ id, file, hunk }: ChangeItem): HunkOutput {
  const kind = hunk || file.kind !== 'modified' ? file.kind : 'mode';
  const start = hunk && {
    old_start: hunk.oldStart,
    new_start: hunk.newStart,
    patch: nameText(hunkText(hunk)),
  };
  return { id, path: nameText(file.path), kind, ...start };
}

function textOf(item: ChangeItem): string {
  const { id, path, kind, patch } = outputOf(item);
  const about = kind === 'modified' ? '' : ` (${kind})`;
  return `${id} ${path}${about}${patch === undefined ? '' : `\n${patch.trimEnd()}`}`;
}
