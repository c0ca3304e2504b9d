import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsIn, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type RangePair } from '../../git/inspect/range-diff-output.parser.js';
import { type SeriesQuery, SeriesReader } from '../../git/inspect/series.reader.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { CountField, FlagField, Optional, RevisionField } from '../fields/field.decorators.js';
import { PagedInput } from '../fields/paged.input.js';
import { shortSha } from '../outputs/head.output.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitRangeDiffInput extends PagedInput {
  @RevisionField('Tip of the old version, for example main@{1} or the id before a rebase')
  old: string;

  @RevisionField('Tip of the new version')
  new: string;

  @RevisionField('What the old version is based on; if left out, the common ancestor of both tips')
  @Optional()
  old_base?: string;

  @RevisionField('The same of the new version')
  @Optional()
  new_base?: string;

  @CountField('Percent that a commit may differ by and count as the same one', 0, 1_000)
  @Optional()
  creation_factor: number = 60;

  @FlagField('Also how the patches differ')
  @Optional()
  patch: boolean = true;
}

const STATUSES = ['same', 'changed', 'removed', 'added'] as const;

export class RangePairOutput {
  @IsIn([...STATUSES])
  status: (typeof STATUSES)[number];

  @Describe('Id in the old version; null for one that was added')
  @Nullable()
  @IsString()
  old: string | null;

  @Describe('Id in the new version; null for one that was removed')
  @Nullable()
  @IsString()
  new: string | null;

  @IsString()
  subject: string;

  @Describe('A diff of the two patches, each with its own signs')
  @IsOptional()
  @IsString()
  diff?: string;
}

export class GitRangeDiffOutput {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => RangePairOutput)
  commits: RangePairOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

@Injectable()
export class GitRangeDiffTool implements RepositoryTool<GitRangeDiffInput, GitRangeDiffOutput> {
  readonly spec = {
    name: 'git_range_diff',
    title: 'Compare two versions of a series',
    description:
      'Compares two versions of a series of commits, as before and after a rebase or a review: which commits are the same, changed, removed or added, and how their patches differ. Goes on with cursor.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitRangeDiffInput,
    output: GitRangeDiffOutput,
  } as const;

  constructor(private readonly reader: SeriesReader) {}

  async run(
    input: GitRangeDiffInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitRangeDiffOutput>> {
    const pairs = await this.reader.rangeDiff(repository, queryOf(input), signal);
    const state = () => JSON.stringify(pairs);
    const page = listPage({ tool: this.spec.name, input, form, state }, pairs, (pair) => ({
      text: pairText(pair),
      structured: pairOutput(pair),
    }));
    const text = [...page.items.map(pairText), ...moreText(page)].join('\n');
    return {
      text: pairs.length === 0 ? 'Neither version has a commit.' : text,
      structured: { commits: page.items.map(pairOutput), ...pageOutput(page) },
    };
  }
}

function queryOf(input: GitRangeDiffInput): SeriesQuery {
  const { old_base, new_base, creation_factor, patch } = input;
  return {
    old: input.old,
    new: input.new,
    creationFactor: creation_factor,
    patch,
    ...(old_base !== undefined && { oldBase: old_base }),
    ...(new_base !== undefined && { newBase: new_base }),
  };
}

function pairOutput({ status, subject, diff, ...ids }: RangePair): RangePairOutput {
  return { status, ...ids, subject, ...(diff !== '' && { diff }) };
}

const SIGNS = { same: '=', changed: '!', removed: '<', added: '>' } as const;

function pairText({ status, subject, diff, ...ids }: RangePair): string {
  const head = `${short(ids.old)} ${SIGNS[status]} ${short(ids.new)} ${subject}`;
  return diff === '' ? head : `${head}\n${diff}`;
}

function short(id: string | null): string {
  return id === null ? '-------' : shortSha(id);
}
