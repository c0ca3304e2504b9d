import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsString, ValidateNested } from 'class-validator';

import { type ReflogEntry, ReflogReader } from '../../git/inspect/reflog.reader.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { CountField, NameField, Optional } from '../fields/field.decorators.js';
import { PagedInput } from '../fields/paged.input.js';
import { isoDate } from '../outputs/commit.output.js';
import { shortSha } from '../outputs/head.output.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitReflogInput extends PagedInput {
  @NameField('HEAD, or a branch or another ref')
  @Optional()
  ref: string = 'HEAD';

  @CountField('Most entries, newest first', 1, 10_000)
  @Optional()
  max_count: number = 50;
}

export class ReflogEntryOutput {
  @Describe('What other tools take as a revision, as long as the ref does not move')
  @IsString()
  name: string;

  @Describe('Where the ref was moved to')
  @IsString()
  sha: string;

  @Describe('Why: "commit: …", "reset: moving to HEAD~1"')
  @IsString()
  message: string;

  @IsString()
  who: string;

  @Describe('ISO 8601')
  @IsString()
  date: string;
}

export class GitReflogOutput {
  @Describe('Newest first')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ReflogEntryOutput)
  entries: ReflogEntryOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

@Injectable()
export class GitReflogTool implements RepositoryTool<GitReflogInput, GitReflogOutput> {
  readonly spec = {
    name: 'git_reflog',
    title: 'Show where a ref was before',
    description:
      'Lists where HEAD or a branch was before and why it moved, newest first: how to find a commit that no branch has any more. What the tools of this server did is easier taken back with git_operations and git_undo. Goes on with cursor.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitReflogInput,
    output: GitReflogOutput,
  } as const;

  constructor(private readonly reader: ReflogReader) {}

  async run(
    input: GitReflogInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitReflogOutput>> {
    const entries = await this.reader.list(repository, input.ref, input.max_count, signal);
    const state = () => JSON.stringify(entries);
    const page = listPage({ tool: this.spec.name, input, form, state }, entries, (entry) => ({
      text: entryText(entry),
      structured: entryOutput(entry),
    }));
    const text = [...page.items.map(entryText), ...moreText(page)].join('\n');
    return {
      text: entries.length === 0 ? 'No log is kept of this ref.' : text,
      structured: { entries: page.items.map(entryOutput), ...pageOutput(page) },
    };
  }
}

function entryOutput({ name, sha, message, who, ...when }: ReflogEntry): ReflogEntryOutput {
  return { name, sha, message, who, date: isoDate(when) };
}

/** As `git reflog` prints it, with the date. */
function entryText({ name, sha, message, ...when }: ReflogEntry): string {
  return `${shortSha(sha)} ${name} ${isoDate(when)} ${message}`;
}
