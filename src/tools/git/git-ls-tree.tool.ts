import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { TreeLister } from '../../git/inspect/tree.lister.js';
import { type TreeEntry } from '../../git/reads/tree-output.parser.js';
import { nameText } from '../../git/work-tree/path-lists.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { FlagField, Optional, PathField, RevisionField } from '../fields/field.decorators.js';
import { PagedInput } from '../fields/paged.input.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitLsTreeInput extends PagedInput {
  @RevisionField('A commit, tag or tree')
  @Optional()
  revision: string = 'HEAD';

  @PathField('Only this folder or file, relative to the top of the tree')
  @Optional()
  path?: string;

  @FlagField('With all files below, instead of the folders')
  @Optional()
  recursive: boolean = false;
}

export class TreeEntryOutput {
  @IsString()
  path: string;

  @Describe('file, executable, symlink, folder or submodule')
  @IsString()
  type: string;

  @Describe('Id of the blob or tree; of a submodule that of its commit')
  @IsString()
  sha: string;

  @Describe('Bytes of a file or of a link')
  @IsOptional()
  @IsInt()
  size?: number;
}

export class GitLsTreeOutput {
  @Describe('Id of the commit, or of the tree where revision names one')
  @IsString()
  sha: string;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => TreeEntryOutput)
  entries: TreeEntryOutput[];

  @Describe('How many there are on all pages')
  @IsInt()
  total: number;

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

@Injectable()
export class GitLsTreeTool implements RepositoryTool<GitLsTreeInput, GitLsTreeOutput> {
  readonly spec = {
    name: 'git_ls_tree',
    title: 'List files of a commit',
    description:
      'Lists what a commit holds: files, links, folders and submodules with ids and sizes, of one folder or with recursive of all below it. For index and work tree see git_ls_files. Goes on with cursor.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitLsTreeInput,
    output: GitLsTreeOutput,
  } as const;

  constructor(private readonly lister: TreeLister) {}

  async run(
    input: GitLsTreeInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitLsTreeOutput>> {
    const { revision, path = '', recursive } = input;
    const { id, entries } = await this.lister.list(repository, { revision, path, recursive }, signal);
    const toText = form.verbosity === 'full' ? fullText : shortText;
    const page = listPage({ tool: this.spec.name, input, form, state: () => id }, entries, (entry) => ({
      text: toText(entry),
      structured: entryOutput(entry),
    }));
    const text = [...page.items.map(toText), ...moreText(page)].join('\n');
    return {
      text: entries.length === 0 ? 'The tree is empty.' : text,
      structured: {
        sha: id,
        entries: page.items.map(entryOutput),
        total: entries.length,
        ...pageOutput(page),
      },
    };
  }
}

function entryOutput({ name, type, sha, size }: TreeEntry): TreeEntryOutput {
  return { path: nameText(name), type, sha, ...(size !== undefined && { size }) };
}

/** `src/`, `link@`, `run.sh*`, as ls marks them; `lib (submodule)`. */
function shortText({ name, type }: TreeEntry): string {
  const marks: Readonly<Record<string, string>> = {
    folder: '/',
    symlink: '@',
    executable: '*',
    submodule: ' (submodule)',
  };
  return `${nameText(name)}${marks[type] ?? ''}`;
}

function fullText(entry: TreeEntry): string {
  return `${entry.sha} ${entry.size ?? '-'}\t${shortText(entry)}`;
}
