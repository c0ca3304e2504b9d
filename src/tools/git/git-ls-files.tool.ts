import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import {
  FILE_KINDS,
  type FileKind,
  IndexListing,
  type ListedFile,
} from '../../git/inspect/index-listing.reader.js';
import { nameText } from '../../git/work-tree/path-lists.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { ChoiceField, Optional } from '../fields/field.decorators.js';
import { AnyPathsField } from '../fields/list.fields.js';
import { PagedInput } from '../fields/paged.input.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitLsFilesInput extends PagedInput {
  @ChoiceField('Which files; modified and deleted: in the work tree and not staged', FILE_KINDS)
  @Optional()
  which: FileKind = 'tracked';

  @AnyPathsField('Only these files and folders, relative to the top')
  @Optional()
  paths: string[] = [];
}

export class ListedFileOutput {
  @Describe('A folder that is ignored as a whole, or a repository within, ends with /')
  @IsString()
  path: string;

  @Describe('Of tracked and unmerged: 100644, 100755 (executable), 120000 (link), 160000 (submodule)')
  @IsOptional()
  @IsString()
  mode?: string;

  @Describe('Of tracked and unmerged: id of what is staged')
  @IsOptional()
  @IsString()
  sha?: string;

  @Describe('In a conflict: 1 base, 2 ours, 3 theirs')
  @IsOptional()
  @IsInt()
  stage?: number;
}

export class GitLsFilesOutput {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ListedFileOutput)
  files: ListedFileOutput[];

  @Describe('How many there are on all pages')
  @IsInt()
  total: number;

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

@Injectable()
export class GitLsFilesTool implements RepositoryTool<GitLsFilesInput, GitLsFilesOutput> {
  readonly spec = {
    name: 'git_ls_files',
    title: 'List files of index and work tree',
    description:
      'Lists files: tracked ones with mode and id, untracked, ignored, modified, deleted or unmerged ones. For the files of a commit see git_ls_tree. Goes on with cursor.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitLsFilesInput,
    output: GitLsFilesOutput,
  } as const;

  constructor(private readonly listing: IndexListing) {}

  async run(
    input: GitLsFilesInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitLsFilesOutput>> {
    const files = await this.listing.list(repository, input.which, input.paths, signal);
    const toText = form.verbosity === 'full' || input.which === 'unmerged' ? stageText : pathText;
    const state = () => JSON.stringify(files);
    const page = listPage({ tool: this.spec.name, input, form, state }, files, (file) => ({
      text: toText(file),
      structured: fileOutput(file),
    }));
    const text = [...page.items.map(toText), ...moreText(page)].join('\n');
    return {
      text: files.length === 0 ? `No ${input.which} files.` : text,
      structured: { files: page.items.map(fileOutput), total: files.length, ...pageOutput(page) },
    };
  }
}

function fileOutput({ path, mode, sha, stage = 0 }: ListedFile): ListedFileOutput {
  return {
    path: nameText(path),
    ...(mode !== undefined && { mode }),
    ...(sha !== undefined && { sha }),
    ...(stage > 0 && { stage }),
  };
}

function pathText({ path }: ListedFile): string {
  return nameText(path);
}

/** As `git ls-files --stage` prints it. */
function stageText({ path, mode, sha, stage }: ListedFile): string {
  return mode === undefined ? nameText(path) : `${mode} ${sha} ${stage}\t${nameText(path)}`;
}
