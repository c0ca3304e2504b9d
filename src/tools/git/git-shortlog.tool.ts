import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import {
  type Contributor,
  CONTRIBUTOR_GROUPS,
  ContributorsReader,
} from '../../git/inspect/contributors.reader.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { ChoiceField, FlagField, Optional, RevisionField } from '../fields/field.decorators.js';
import { AnyPathsField } from '../fields/list.fields.js';
import { PagedInput } from '../fields/paged.input.js';
import { IsPointInTime } from '../fields/point-in-time.constraint.js';
import { parsePointInTime } from '../fields/point-in-time.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitShortlogInput extends PagedInput {
  @RevisionField('Count the commits that this one reaches')
  @Optional()
  revision: string = 'HEAD';

  @RevisionField('But not those that this one reaches, for example the last release')
  @Optional()
  from?: string;

  @ChoiceField('By whom', CONTRIBUTOR_GROUPS)
  @Optional()
  group_by: (typeof CONTRIBUTOR_GROUPS)[number] = 'author';

  @FlagField('Merges count as well')
  @Optional()
  merges: boolean = true;

  @FlagField('Also count changed lines, which takes longer; not by co-author')
  @Optional()
  churn: boolean = false;

  @Describe('Only commits at or after this time, such as 2024-01-15 or "3 months ago"')
  @IsPointInTime()
  @Optional()
  since?: string;

  @Describe('Only commits at or before this time')
  @IsPointInTime()
  @Optional()
  until?: string;

  @AnyPathsField('Only commits that change these files and folders')
  @Optional()
  paths: string[] = [];
}

export class ContributorOutput {
  @IsString()
  name: string;

  @IsString()
  email: string;

  @IsInt()
  commits: number;

  @Describe('With churn: lines added')
  @IsOptional()
  @IsInt()
  additions?: number;

  @Describe('With churn: lines deleted')
  @IsOptional()
  @IsInt()
  deletions?: number;

  @Describe('With churn: how often a file was changed')
  @IsOptional()
  @IsInt()
  changes?: number;
}

export class GitShortlogOutput {
  @Describe('Who made most commits first; names and addresses as .mailmap has them')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ContributorOutput)
  contributors: ContributorOutput[];

  @Describe('Commits of all contributors together')
  @IsInt()
  commits: number;

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

@Injectable()
export class GitShortlogTool implements RepositoryTool<GitShortlogInput, GitShortlogOutput> {
  readonly spec = {
    name: 'git_shortlog',
    title: 'Count commits by author',
    description:
      'Counts commits by author, committer or co-author, of a whole history or a part of it (from, since, until, paths), with churn also the lines that each added and deleted. Goes on with cursor.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitShortlogInput,
    output: GitShortlogOutput,
  } as const;

  constructor(
    private readonly reader: ContributorsReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async run(
    input: GitShortlogInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitShortlogOutput>> {
    const found = await this.reader.list(repository, this.query(input), signal);
    const state = () => JSON.stringify(found);
    const page = listPage({ tool: this.spec.name, input, form, state }, found, (one) => ({
      text: contributorText(one),
      structured: contributorOutput(one),
    }));
    const commits = found.reduce((sum, one) => sum + one.commits, 0);
    const text = [...page.items.map(contributorText), ...moreText(page)].join('\n');
    return {
      text: found.length === 0 ? 'No commits.' : text,
      structured: { contributors: page.items.map(contributorOutput), commits, ...pageOutput(page) },
    };
  }

  private query(input: GitShortlogInput) {
    const { revision, from, group_by, merges, churn, paths } = input;
    if (churn && group_by === 'co-author') throw noChurnOfCoAuthors();
    const since = this.pointInTime(input.since, 'start');
    const until = this.pointInTime(input.until, 'end');
    return {
      to: revision,
      group: group_by,
      merges,
      churn,
      paths,
      ...(from !== undefined && { from }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    };
  }

  private pointInTime(text: string | undefined, edge: 'start' | 'end'): number | undefined {
    return text === undefined ? undefined : parsePointInTime(text, this.clock.nowMs(), edge);
  }
}

function contributorOutput({ name, email, commits, churn }: Contributor): ContributorOutput {
  return { name, email, commits, ...churn };
}

function contributorText({ name, email, commits, churn }: Contributor): string {
  const lines = churn === undefined ? '' : ` +${churn.additions} -${churn.deletions}`;
  return `${commits} ${name} <${email}>${lines}`;
}

function noChurnOfCoAuthors(): ServerError {
  return new ServerError('validation_failed', 'Lines are counted by author or committer; choose one', {
    details: [{ path: 'arguments.churn', constraint: 'isSupported', message: 'not by co-author' }],
  });
}
