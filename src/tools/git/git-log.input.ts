import { type LineRange, type LogFilters } from '../../git/git-reads.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import {
  ChoiceField,
  CountField,
  FlagField,
  Optional,
  RevisionField,
  TextField,
} from '../fields/field.decorators.js';
import { invalidField } from '../fields/invalid-field.js';
import { AnyPathsField } from '../fields/list.fields.js';
import { PagedInput } from '../fields/paged.input.js';
import { IsPointInTime } from '../fields/point-in-time.constraint.js';

const FORMS =
  'ISO 8601 (2024-01-15T14:30:25Z), a date (2024-01-15, Jan 15 2024) or relative (yesterday, 2 weeks ago)';
const MAX_TEXT = 1_000;
const MAX_LINE = 2 ** 31;

export const LOG_LAYOUTS = ['oneline', 'short', 'medium', 'fuller'] as const;
const MERGES = ['all', 'only', 'none'] as const;

export class GitLogInput extends PagedInput {
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

  @RevisionField('Where to begin: a branch, tag or commit; or A..B, or A...B; HEAD if left out')
  @Optional()
  revision?: string;

  @FlagField('Begin at all branches and tags as well')
  @Optional()
  all: boolean = false;

  @AnyPathsField('Only commits that changed these files or folders, relative to the top of the work tree')
  @Optional()
  paths: string[] = [];

  @FlagField('Go on beyond renames of the one file in paths')
  @Optional()
  follow: boolean = false;

  @TextField('Only commits whose author (Name <email>) matches this extended regular expression', MAX_TEXT)
  @Optional()
  author?: string;

  @TextField('The same for who committed', MAX_TEXT)
  @Optional()
  committer?: string;

  @TextField(
    'Only commits with a line of the message that matches this extended regular expression',
    MAX_TEXT,
  )
  @Optional()
  grep?: string;

  @FlagField('author, committer and grep are texts, not expressions')
  @Optional()
  fixed_strings: boolean = false;

  @FlagField('author, committer, grep, pickaxe and diff_grep match in upper and lower case')
  @Optional()
  ignore_case: boolean = false;

  @ChoiceField('Merges: with all others, nothing else, or none', MERGES)
  @Optional()
  merges: (typeof MERGES)[number] = 'all';

  @FlagField('Of merges follow the first parent only: what happened on the branch itself')
  @Optional()
  first_parent: boolean = false;

  @TextField(
    'Only commits that added or removed this text (git log -S): where it came from, where it went',
    MAX_TEXT,
  )
  @Optional()
  pickaxe?: string;

  @TextField(
    'Only commits with a changed line that matches this extended regular expression (git log -G)',
    MAX_TEXT,
  )
  @Optional()
  diff_grep?: string;

  @CountField('The history of lines of the one file in paths (git log -L): the first line', 1, MAX_LINE)
  @Optional()
  start_line?: number;

  @CountField('The last of these lines', 1, MAX_LINE)
  @Optional()
  end_line?: number;

  @TextField('Or the history of the function that matches this extended regular expression', MAX_TEXT)
  @Optional()
  function_name?: string;

  @FlagField('Draw the graph of the history, one line a commit')
  @Optional()
  graph: boolean = false;

  @ChoiceField('Layout of the text; by verbosity if left out', LOG_LAYOUTS)
  @Optional()
  layout?: (typeof LOG_LAYOUTS)[number];

  @CountField('Leave out so many of the newest', 0, 100_000)
  @Optional()
  skip: number = 0;
}

/** Without the dates, which depend on what time it is. @throws ServerError `validation_failed` */
export function filtersOf(input: GitLogInput): LogFilters {
  const { author, committer, grep, pickaxe, diff_grep, merges } = input;
  const range = rangeOf(input);
  checkFollow(input);
  return {
    ...(author !== undefined && { author }),
    ...(committer !== undefined && { committer }),
    ...(grep !== undefined && { grep }),
    ...(input.fixed_strings && { fixedStrings: true }),
    ...(input.ignore_case && { ignoreCase: true }),
    ...(input.paths.length > 0 && range === undefined && { paths: input.paths }),
    ...(input.follow && { follow: true }),
    ...(merges !== 'all' && { merges }),
    ...(input.first_parent && { firstParent: true }),
    ...(pickaxe !== undefined && { pickaxe }),
    ...(diff_grep !== undefined && { diffGrep: diff_grep }),
    ...(range !== undefined && { range }),
    ...(input.graph && { graph: true }),
  };
}

function checkFollow({ follow, paths }: GitLogInput): void {
  if (follow && paths.length !== 1)
    throw invalidField('follow', 'isOfOnePath', 'needs exactly one path in paths');
}

function rangeOf(input: GitLogInput): LineRange | undefined {
  const { start_line: start, end_line: end = start, function_name: name, paths } = input;
  if (start === undefined && end === undefined && name === undefined) return undefined;
  const field = name === undefined ? 'start_line' : 'function_name';
  const [path, another] = paths;
  if (path === undefined || another !== undefined)
    throw invalidField(field, 'isOfOnePath', 'needs exactly one file in paths');
  const others = [input.follow, input.graph, input.all, input.pickaxe, input.diff_grep];
  if (others.some(Boolean))
    throw invalidField(field, 'standsAlone', 'goes without follow, graph, all, pickaxe and diff_grep');
  if (name !== undefined && start === undefined && end === undefined)
    return { path, lines: { function: name } };
  if (name !== undefined || start === undefined || end === undefined || end < start)
    throw invalidField(
      field,
      'isRange',
      'is either function_name, or start_line with an end_line not before it',
    );
  return { path, lines: { start, end } };
}
