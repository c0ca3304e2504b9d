import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, ValidateNested } from 'class-validator';

import {
  GIT_READS,
  type GitReads,
  type LogAnswer,
  type LoggedCommit,
  type LogQuery,
} from '../../git/git-reads.port.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { invalidField } from '../fields/invalid-field.js';
import { type DayEdge, parsePointInTime } from '../fields/point-in-time.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { layoutOf, LoggedCommitOutput, loggedCommitOutput, loggedCommitText } from '../outputs/log.output.js';
import { claimedPosition, cursorAt, positionOf } from '../paging/cursor.js';
import { listPage, type PageRequest } from '../paging/list.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';
import { filtersOf, GitLogInput } from './git-log.input.js';

/** Each page walks again past what it leaves out. */
const MAX_SKIPPED = 100_000;

export class GitLogOutput {
  @Describe('Newest first')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => LoggedCommitOutput)
  commits: LoggedCommitOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

type LogPlace = PageRequest & { readonly input: GitLogInput };

interface Told {
  /** All that an answer is made from, besides the commits. */
  readonly question: string;
  readonly answer: ToolAnswer<GitLogOutput>;
}

@Injectable()
export class GitLogTool implements RepositoryTool<GitLogInput, GitLogOutput> {
  readonly spec = {
    name: 'git_log',
    title: 'Show the history',
    description:
      'Lists commits, newest first: object id, author, date and message. By default those reachable from HEAD; limited by time, author, message, paths, merges, what they changed (pickaxe, diff_grep), or to the history of some lines or of a function of one file, with the patch of it.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitLogInput,
    output: GitLogOutput,
  } as const;

  /** The last answer about each history that is remembered. It goes with the history. */
  private readonly told = new WeakMap<readonly LoggedCommit[], Told>();

  constructor(
    @Inject(GIT_READS) private readonly reads: GitReads,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async run(
    input: GitLogInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitLogOutput>> {
    let tips: readonly string[] = [];
    const place = { tool: this.spec.name, input, state: () => tips.join(' ') };
    const [offset = 0] = claimedPosition(place)?.at ?? [];
    const answer = await this.reads.log(repository, this.query(input, offset), signal);
    tips = answer.tips;
    positionOf(place);
    const question = JSON.stringify([input, form]);
    const told = this.told.get(answer.commits);
    if (told?.question === question) return told.answer;
    const page = this.page({ ...place, form }, offset, answer);
    this.told.set(answer.commits, { question, answer: page });
    return page;
  }

  private page(place: LogPlace, offset: number, { commits, more }: LogAnswer): ToolAnswer<GitLogOutput> {
    const { input, form } = place;
    const layout = layoutOf(input.layout, form, input.graph);
    const show = (commit: LoggedCommit) => ({
      text: loggedCommitText(commit, layout),
      structured: loggedCommitOutput(commit, layout, form),
    });
    const { cursor: _, ...first } = input;
    const page = listPage({ ...place, input: first }, commits, show);
    const goesOn = page.after > 0 || more;
    const nextCursor = goesOn ? cursorAt(place, [offset + page.items.length]) : undefined;
    const { shown } = page;
    const texts = shown.map(({ text }) => text);
    const end = nextCursor === undefined ? [] : [`[More commits: call again with cursor ${nextCursor}]`];
    return {
      text:
        texts.length === 0
          ? 'No commits.'
          : [texts.join(layout === 'oneline' ? '\n' : '\n\n'), ...end].join('\n\n'),
      structured: {
        commits: shown.map(({ structured }) => structured),
        ...(page.after > 0 && { omitted: page.after, truncated: true }),
        ...(nextCursor !== undefined && { next_cursor: nextCursor }),
      },
    };
  }

  private query(input: GitLogInput, offset: number): LogQuery {
    const since = this.pointInTime(input.start_timestamp, 'start');
    const until = this.pointInTime(input.end_timestamp, 'end');
    const skip = input.skip + offset;
    if (skip > MAX_SKIPPED)
      throw invalidField(
        'skip',
        'max',
        `goes no further than ${MAX_SKIPPED} commits; begin at a later revision`,
      );
    return {
      ...filtersOf(input),
      maxCount: input.max_count,
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
      ...(input.revision !== undefined && { revision: input.revision }),
      ...(input.all && { all: true }),
      ...(skip > 0 && { skip }),
    };
  }

  private pointInTime(text: string | undefined, edge: DayEdge): number | undefined {
    return text === undefined ? undefined : parsePointInTime(text, this.clock.nowMs(), edge);
  }
}
