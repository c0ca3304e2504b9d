import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, ValidateNested } from 'class-validator';

import { GIT_READS, type GitReads, type LogQuery } from '../../git/git-reads.port.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { CountField, Optional } from '../fields/field.decorators.js';
import { IsPointInTime } from '../fields/point-in-time.constraint.js';
import { type DayEdge, parsePointInTime } from '../fields/point-in-time.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { listing, OmittedField, omittedOutput, omittedText } from '../outputs/listing.js';
import { commitOutput, CommitOutput, commitText } from '../outputs/commit.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const FORMS =
  'ISO 8601 (2024-01-15T14:30:25Z), a date (2024-01-15, Jan 15 2024) or relative (yesterday, 2 weeks ago)';

export class GitLogInput extends RepositoryInput {
  @CountField('Most commits to return', 1, 10_000)
  @Optional()
  max_count: number = 10;

  @Describe(`Only commits at or after this time: ${FORMS}; UTC unless it says otherwise`)
  @IsPointInTime()
  @Optional()
  start_timestamp?: string;

  @Describe(`Only commits at or before this time, a date including its whole day; the same forms`)
  @IsPointInTime()
  @Optional()
  end_timestamp?: string;
}

export class GitLogOutput {
  @Describe('Newest first')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => CommitOutput)
  commits: CommitOutput[];

  @OmittedField()
  omitted?: number;
}

@Injectable()
export class GitLogTool implements RepositoryTool<GitLogInput, GitLogOutput> {
  readonly spec = {
    name: 'git_log',
    title: 'Show the history',
    description:
      'Lists the commits reachable from HEAD, newest first: object id, author, date and message. start_timestamp and end_timestamp limit it to a span of time.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitLogInput,
    output: GitLogOutput,
  } as const;

  constructor(
    @Inject(GIT_READS) private readonly reads: GitReads,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async run(
    input: GitLogInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitLogOutput>> {
    const commits = await this.reads.log(repository, this.query(input), signal);
    const { shown, omitted } = listing(commits.map((commit) => commitOutput(commit)));
    const texts = [
      ...commits.slice(0, shown.length).map((commit) => commitText(commit)),
      ...omittedText(omitted),
    ];
    return {
      text: commits.length === 0 ? 'No commits.' : texts.join('\n\n'),
      structured: { commits: [...shown], ...omittedOutput(omitted) },
    };
  }

  private query({ max_count, start_timestamp, end_timestamp }: GitLogInput): LogQuery {
    const since = this.pointInTime(start_timestamp, 'start');
    const until = this.pointInTime(end_timestamp, 'end');
    return {
      maxCount: max_count,
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    };
  }

  private pointInTime(text: string | undefined, edge: DayEdge): number | undefined {
    return text === undefined ? undefined : parsePointInTime(text, this.clock.nowMs(), edge);
  }
}
