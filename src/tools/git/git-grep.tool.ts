import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type GrepLine } from '../../git/inspect/grep-output.parser.js';
import { GREP_SYNTAXES, type GrepQuery, GrepReader } from '../../git/inspect/grep.reader.js';
import { nameText } from '../../git/work-tree/path-lists.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import {
  ChoiceField,
  CountField,
  FlagField,
  Optional,
  RevisionField,
  TextField,
} from '../fields/field.decorators.js';
import { AnyPathsField } from '../fields/list.fields.js';
import { PagedInput } from '../fields/paged.input.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const PLACES = ['worktree', 'index'] as const;
const MAX_PATTERN = 4_096;

export class GitGrepInput extends PagedInput {
  @TextField('What to look for; of several lines each is a pattern', MAX_PATTERN)
  pattern: string;

  @ChoiceField('fixed: plain text; extended: POSIX regular expression; perl: Perl-compatible', GREP_SYNTAXES)
  @Optional()
  syntax: (typeof GREP_SYNTAXES)[number] = 'extended';

  @FlagField('Small and capital letters are the same')
  @Optional()
  ignore_case: boolean = false;

  @FlagField('Only whole words')
  @Optional()
  whole_words: boolean = false;

  @AnyPathsField('Only these files and folders, relative to the top')
  @Optional()
  paths: string[] = [];

  @RevisionField('Search the files of this commit instead of those that are there now')
  @Optional()
  revision?: string;

  @ChoiceField('Without revision: tracked files as they are in the work tree, or as they are staged', PLACES)
  @Optional()
  where: (typeof PLACES)[number] = 'worktree';

  @FlagField('Of the work tree also untracked files, but for ignored ones')
  @Optional()
  untracked: boolean = false;

  @CountField('Lines around each match', 0, 100)
  @Optional()
  context_lines: number = 0;

  @CountField('Most matches of one file', 1, 10_000)
  @Optional()
  max_per_file?: number;

  @FlagField('Only name the files')
  @Optional()
  files_only: boolean = false;
}

export class GrepLineOutput {
  @IsString()
  path: string;

  @IsInt()
  line: number;

  @Describe('Character of the first match in the line. Absent for a line of context')
  @IsOptional()
  @IsInt()
  column?: number;

  @IsString()
  text: string;

  @Describe('The line is longer than shown')
  @IsOptional()
  @IsBoolean()
  cut?: boolean;
}

export class GitGrepOutput {
  @Describe('Absent with files_only')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => GrepLineOutput)
  lines?: GrepLineOutput[];

  @Describe('With files_only')
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  files?: string[];

  @Describe('How many lines match, or with files_only how many files, on all pages')
  @IsInt()
  matches: number;

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

/** The search itself ended early; no page leads to what it did not see. */
const NOT_ALL = '[The search found more than can be taken in: ask for less, or name paths]';

@Injectable()
export class GitGrepTool implements RepositoryTool<GitGrepInput, GitGrepOutput> {
  readonly spec = {
    name: 'git_grep',
    title: 'Search in files',
    description:
      'Searches tracked files for lines that fit a pattern: in the work tree (untracked ones too where asked), in the index, or as they were in a commit. Returns path, line number, column and text, with lines of context where wanted; with files_only just the names. Binary files, ignored ones and submodules are left out. Goes on with cursor.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitGrepInput,
    output: GitGrepOutput,
  } as const;

  constructor(private readonly reader: GrepReader) {}

  run(
    input: GitGrepInput,
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitGrepOutput>> {
    return input.files_only ? this.files(input, context, signal) : this.lines(input, context, signal);
  }

  private async lines(input: GitGrepInput, { repository, form }: RepositoryContext, signal: AbortSignal) {
    const { found, truncated } = await this.reader.lines(repository, queryOf(input), signal);
    const state = () => JSON.stringify(found);
    const page = listPage({ tool: this.spec.name, input, form, state }, found, (line) => ({
      text: `${nameText(line.path)}\n${lineText(line)}`,
      structured: lineOutput(line),
    }));
    const matches = found.filter(({ column }) => column !== undefined).length;
    const text = [...groupedText(page.items), ...moreText(page), ...(truncated ? [NOT_ALL] : [])];
    return {
      text: matches === 0 ? 'Nothing was found.' : text.join('\n'),
      structured: { lines: page.items.map(lineOutput), matches, ...marked(pageOutput(page), truncated) },
    };
  }

  private async files(input: GitGrepInput, { repository, form }: RepositoryContext, signal: AbortSignal) {
    const { found, truncated } = await this.reader.files(repository, queryOf(input), signal);
    const names = found.map(nameText);
    const state = () => JSON.stringify(names);
    const page = listPage({ tool: this.spec.name, input, form, state }, names, (name) => ({
      text: name,
      structured: name,
    }));
    const text = [...page.items, ...moreText(page), ...(truncated ? [NOT_ALL] : [])];
    return {
      text: names.length === 0 ? 'Nothing was found.' : text.join('\n'),
      structured: {
        files: [...page.items],
        matches: names.length,
        ...marked(pageOutput(page), truncated),
      },
    };
  }
}

function marked<T extends object>(page: T, truncated: boolean): T & { truncated?: true } {
  return truncated ? { ...page, truncated: true } : page;
}

function queryOf(input: GitGrepInput): GrepQuery {
  const { pattern, syntax, revision, where, untracked, paths, max_per_file } = input;
  return {
    pattern,
    syntax,
    where,
    untracked,
    paths,
    ignoreCase: input.ignore_case,
    wholeWords: input.whole_words,
    contextLines: input.context_lines,
    ...(revision !== undefined && { revision }),
    ...(max_per_file !== undefined && { maxPerFile: max_per_file }),
  };
}

function lineOutput({ path, line, column, text, cut }: GrepLine): GrepLineOutput {
  return {
    path: nameText(path),
    line,
    ...(column !== undefined && { column }),
    text,
    ...(cut && { cut: true }),
  };
}

/** Each file once, its lines below it: `12: a match`, `13- context`. */
function groupedText(lines: readonly GrepLine[]): string[] {
  return lines.flatMap((line, index) => {
    const before = lines[index - 1];
    const name = before?.path === line.path ? [] : [nameText(line.path)];
    const gap = name.length === 0 && before !== undefined && line.line > before.line + 1;
    const isContext = line.column === undefined || before?.column === undefined;
    return [...name, ...(gap && isContext ? ['--'] : []), lineText(line)];
  });
}

function lineText({ line, column, text, cut }: GrepLine): string {
  return `${line}${column === undefined ? '-' : ':'} ${text}${cut ? ' [cut]' : ''}`;
}
