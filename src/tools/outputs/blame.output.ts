import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type BlamedCommit, type BlamedLine } from '../../git/history/blame-output.parser.js';
import { type BlameAnswer } from '../../git/history/blame.reader.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { listPage, moreText, pageOutput, type PageRequest } from '../paging/list.page.js';
import { type ToolAnswer } from '../tool.js';
import { IdentityOutput, isoDate } from './commit.output.js';
import { shortSha } from './head.output.js';
import { NextCursorField, OmittedField } from './listing.js';

export class BlamedCommitOutput {
  @IsString()
  sha: string;

  @ValidateNested()
  @Type(() => IdentityOutput)
  author: IdentityOutput;

  @Describe('First line of the message')
  @IsString()
  summary: string;

  @Describe('Nothing before it was looked at: the first commit, or where the history was cut')
  @IsBoolean()
  boundary: boolean;
}

export class BlamedHunkOutput {
  @Describe('The commit that brought these lines; commits says more of it')
  @IsString()
  sha: string;

  @IsInt()
  start_line: number;

  @IsInt()
  end_line: number;

  @Describe('Where they stood in that commit')
  @IsInt()
  original_start: number;

  @IsString()
  original_path: string;

  @Describe('The lines. Only with response_format json: otherwise the text of the answer has them')
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  lines?: string[];
}

export class BlameOutput {
  @Describe('Id of the commit that was looked at')
  @IsString()
  commit: string;

  @IsString()
  path: string;

  @Describe('In the order of the lines')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => BlamedHunkOutput)
  hunks: BlamedHunkOutput[];

  @Describe('Each commit of the hunks once')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => BlamedCommitOutput)
  commits: BlamedCommitOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

/** The page of it that there is room for: line by line, or where it is to be concise, hunk by hunk. */
export function blameAnswer(request: PageRequest, blame: BlameAnswer): ToolAnswer<BlameOutput> {
  return request.form.verbosity === 'concise' ? conciseAnswer(request, blame) : fullAnswer(request, blame);
}

function conciseAnswer(request: PageRequest, blame: BlameAnswer): ToolAnswer<BlameOutput> {
  const hunks = hunksOf(blame.lines);
  const textOf = (hunk: readonly BlamedLine[]) => {
    const [first] = hunk;
    const commit = blame.commits.get(first?.sha ?? '');
    return `${first?.line}-${hunk.at(-1)?.line} ${commit ? attribution(commit) : ''} ${commit?.summary ?? ''}`;
  };
  const page = listPage(request, hunks, (hunk) => ({
    text: textOf(hunk),
    structured: [hunkOutput(hunk, false), ...commitsOf(blame, hunk)],
  }));
  const text = [...page.items.map(textOf), ...moreText(page)].join('\n');
  return { text: hunks.length === 0 ? EMPTY : text, structured: outputOf(blame, page, page.items, false) };
}

function fullAnswer(request: PageRequest, blame: BlameAnswer): ToolAnswer<BlameOutput> {
  const withText = request.form.format === 'json';
  const digits = String(blame.lines.at(-1)?.line ?? 0).length;
  const textOf = ({ sha, line, text }: BlamedLine) => {
    const commit = blame.commits.get(sha);
    return `${commit ? attribution(commit) : shortSha(sha)} ${String(line).padStart(digits)}) ${text}`;
  };
  let before = '';
  const page = listPage(request, blame.lines, (line) => {
    const isNew = line.sha !== before;
    before = line.sha;
    const around = isNew ? [hunkOutput([line], false), ...commitsOf(blame, [line])] : [];
    return { text: textOf(line), structured: [...around, ...(withText ? [line.text] : [])] };
  });
  const text = [...page.items.map(textOf), ...moreText(page)].join('\n');
  return {
    text: blame.lines.length === 0 ? EMPTY : text,
    structured: outputOf(blame, page, hunksOf(page.items), withText),
  };
}

const EMPTY = 'The file is empty.';

/** As git writes it before a line. */
function attribution({ sha, author, boundary }: BlamedCommit): string {
  return `${boundary ? '^' : ''}${shortSha(sha)} (${author.name} ${isoDate(author).slice(0, 10)}`;
}

function outputOf(
  { commit, path, commits }: BlameAnswer,
  page: Parameters<typeof pageOutput>[0],
  hunks: readonly (readonly BlamedLine[])[],
  withText: boolean,
): BlameOutput {
  const shas = new Set(hunks.map((hunk) => hunk[0]?.sha ?? ''));
  return {
    commit,
    path,
    hunks: hunks.map((hunk) => hunkOutput(hunk, withText)),
    commits: [...shas].flatMap((sha) => commits.get(sha) ?? []).map(commitOutputOf),
    ...pageOutput(page),
  };
}

function commitsOf({ commits }: BlameAnswer, [line]: readonly BlamedLine[]): readonly BlamedCommitOutput[] {
  const commit = commits.get(line?.sha ?? '');
  return commit ? [commitOutputOf(commit)] : [];
}

function commitOutputOf({ sha, author, summary, boundary }: BlamedCommit): BlamedCommitOutput {
  return {
    sha,
    author: { name: author.name, email: author.email, date: isoDate(author) },
    summary,
    boundary,
  };
}

function hunkOutput(hunk: readonly BlamedLine[], withText: boolean): BlamedHunkOutput {
  const [first] = hunk;
  return {
    sha: first?.sha ?? '',
    start_line: first?.line ?? 0,
    end_line: hunk.at(-1)?.line ?? 0,
    original_start: first?.originalLine ?? 0,
    original_path: first?.originalPath ?? '',
    ...(withText && { lines: hunk.map(({ text }) => text) }),
  };
}

/** Lines that stand together here and stood together in the commit that brought them. */
function hunksOf(lines: readonly BlamedLine[]): readonly (readonly BlamedLine[])[] {
  const hunks: BlamedLine[][] = [];
  for (const line of lines) {
    const hunk = hunks.at(-1);
    const last = hunk?.at(-1);
    const goesOn =
      last?.sha === line.sha &&
      last.line + 1 === line.line &&
      last.originalLine + 1 === line.originalLine &&
      last.originalPath === line.originalPath;
    if (hunk && goesOn) hunk.push(line);
    else hunks.push([line]);
  }
  return hunks;
}
