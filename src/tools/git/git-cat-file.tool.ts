import { Injectable } from '@nestjs/common';
import { Matches } from 'class-validator';

import { BlobReader, type FoundBlob } from '../../git/history/blob.reader.js';
import { type Repository } from '../../git/repository.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { ChoiceField, CountField, Optional, PathField, RevisionField } from '../fields/field.decorators.js';
import { invalidField } from '../fields/invalid-field.js';
import { PagedInput } from '../fields/paged.input.js';
import { ContentOutput, contentAnswer, SNIFFED_BYTES } from '../outputs/content.output.js';
import { claimedPosition } from '../paging/cursor.js';
import { type ContentRange, neededBytes } from '../paging/content.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ENCODINGS = ['text', 'base64'] as const;
const MAX_LINE = 2 ** 31;
const MAX_BYTE = 2 ** 40;

export class GitCatFileInput extends PagedInput {
  @PathField('The file, relative to the top of the work tree')
  @Optional()
  path?: string;

  @RevisionField('The file at which commit; HEAD if left out')
  @Optional()
  revision?: string;

  @Describe('Instead of a path: the full id of a blob, as git_ls_tree gives it')
  @Matches(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
  @Optional()
  blob?: string;

  @CountField('Only from this line', 1, MAX_LINE)
  @Optional()
  start_line?: number;

  @CountField('Only to this line', 1, MAX_LINE)
  @Optional()
  end_line?: number;

  @CountField('Instead of lines: only from this byte, the first one being 0', 0, MAX_BYTE)
  @Optional()
  start_byte?: number;

  @CountField('How many bytes', 1, MAX_BYTE)
  @Optional()
  byte_count?: number;

  @ChoiceField('base64 gives every byte of a binary file, which as text is only described', ENCODINGS)
  @Optional()
  encoding: (typeof ENCODINGS)[number] = 'text';
}

@Injectable()
export class GitCatFileTool implements RepositoryTool<GitCatFileInput, ContentOutput> {
  readonly spec = {
    name: 'git_cat_file',
    title: 'Read a file at a commit',
    description:
      'Returns the content of a file as a commit has it, whole or by line or byte range, without touching the work tree. A binary file is described, or given as base64. Of a symbolic link the content is where it points. Long files go on with a cursor.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitCatFileInput,
    output: ContentOutput,
  } as const;

  constructor(private readonly blobs: BlobReader) {}

  async run(
    input: GitCatFileInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<ContentOutput>> {
    const range = rangeOf(input);
    const blob = await this.find(input, repository, signal);
    const request = { tool: this.spec.name, input, form, state: () => blob.sha };
    const [from = 0] = claimedPosition(request)?.at ?? [];
    const end = Math.max(SNIFFED_BYTES, neededBytes(range, from, form.maxBytes));
    const content = await this.blobs.beginning(repository, blob, end, signal);
    return contentAnswer(request, blob, content, { range, base64: input.encoding === 'base64' });
  }

  private find(
    { path, revision, blob }: GitCatFileInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<FoundBlob> {
    if (blob !== undefined && path === undefined && revision === undefined)
      return this.blobs.byId(repository, blob, signal);
    if (path === undefined || blob !== undefined)
      throw invalidField('path', 'isDefined', 'is needed, or blob without path and revision');
    return this.blobs.inCommit(repository, revision ?? 'HEAD', path, signal);
  }
}

function rangeOf({ start_line, end_line, start_byte, byte_count }: GitCatFileInput): ContentRange {
  const lines = start_line !== undefined || end_line !== undefined;
  const bytes = start_byte !== undefined || byte_count !== undefined;
  if (lines && bytes) throw invalidField('start_byte', 'standsAlone', 'goes without start_line and end_line');
  if (lines) {
    const [first, last] = [start_line ?? 1, end_line ?? MAX_LINE];
    if (last < first) throw invalidField('end_line', 'isRange', 'lies before start_line');
    return { kind: 'lines', first, last };
  }
  const start = start_byte ?? 0;
  return { kind: 'bytes', start, end: byte_count === undefined ? Infinity : start + byte_count };
}
