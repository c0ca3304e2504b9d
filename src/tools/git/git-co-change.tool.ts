import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsString, ValidateNested } from 'class-validator';

import { type CoChange, type CoChangeAnswer, CoChangeReader } from '../../git/history/co-change.reader.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { CountField, Optional, RevisionField } from '../fields/field.decorators.js';
import { PathsField } from '../fields/list.fields.js';
import { PagedInput } from '../fields/paged.input.js';
import { isoDate } from '../outputs/commit.output.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitCoChangeInput extends PagedInput {
  @PathsField('Files or folders, relative to the top of the work tree')
  paths: string[];

  @RevisionField('Whose history; HEAD if left out')
  @Optional()
  revision: string = 'HEAD';

  @CountField('How many of the newest commits that changed one of the paths are looked at', 1, 20_000)
  @Optional()
  max_commits: number = 1_000;

  @CountField('Commits of more files are passed over: they say little of what belongs together', 2, 100_000)
  @Optional()
  max_files: number = 100;

  @CountField('Only files that changed together with them so often', 1, 10_000)
  @Optional()
  min_count: number = 1;
}

export class CoChangeOutput {
  @IsString()
  path: string;

  @Describe('Commits that changed it together with one of the paths')
  @IsInt()
  count: number;

  @Describe('Of all commits that were counted, in percent')
  @IsInt()
  share: number;

  @Describe('The newest of them')
  @IsString()
  last_commit: string;

  @Describe('When that was committed, ISO 8601')
  @IsString()
  last_date: string;
}

export class GitCoChangeOutput {
  @Describe('Id of the commit whose history it is')
  @IsString()
  commit: string;

  @Describe('How many commits were counted')
  @IsInt()
  commits: number;

  @Describe('How many were passed over for their number of files')
  @IsInt()
  passed_over: number;

  @Describe('There are older commits that were not looked at')
  @IsBoolean()
  more_commits: boolean;

  @Describe('The most frequent first')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => CoChangeOutput)
  files: CoChangeOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

@Injectable()
export class GitCoChangeTool implements RepositoryTool<GitCoChangeInput, GitCoChangeOutput> {
  readonly spec = {
    name: 'git_co_change',
    title: 'Find what changes together',
    description:
      'Counts which other files were changed in the same commits as the given ones: what is probably to be changed as well, such as tests, documents and callers. Merges do not count, renames are not followed.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitCoChangeInput,
    output: GitCoChangeOutput,
  } as const;

  constructor(private readonly reader: CoChangeReader) {}

  async run(
    input: GitCoChangeInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitCoChangeOutput>> {
    const { revision, paths, max_commits: maxCommits, max_files: maxFiles } = input;
    const answer = await this.reader.find(repository, { revision, paths, maxCommits, maxFiles }, signal);
    const files = answer.files.filter(({ count }) => count >= input.min_count);
    const toOutput = (file: CoChange) => outputOf(file, answer);
    const textOf = (file: CoChange) => `${file.count} (${toOutput(file).share} %) ${file.path}`;
    const request = { tool: this.spec.name, input, form, state: () => answer.commit };
    const page = listPage(request, files, (file) => ({ text: textOf(file), structured: toOutput(file) }));
    return {
      text: [headText(answer, files.length), ...page.items.map(textOf), ...moreText(page)].join('\n'),
      structured: {
        commit: answer.commit,
        commits: answer.commits,
        passed_over: answer.passedOver,
        more_commits: answer.more,
        files: page.items.map(toOutput),
        ...pageOutput(page),
      },
    };
  }
}

function outputOf({ path, count, last }: CoChange, { commits }: CoChangeAnswer): CoChangeOutput {
  return {
    path,
    count,
    share: Math.round((count * 100) / commits),
    last_commit: last.sha,
    last_date: isoDate({ at: last.at, offsetMinutes: 0 }),
  };
}

function headText({ commits, passedOver, more }: CoChangeAnswer, files: number): string {
  const which = more
    ? `the newest ${commits} commits`
    : commits === 1
      ? 'the only commit'
      : `all ${commits} commits`;
  const large = passedOver === 0 ? '' : `, ${passedOver} large ones passed over`;
  const what = files === 0 ? 'No other file changed' : 'Changed';
  return `${what} together with them in ${which} of theirs${large}${files === 0 ? '.' : ':'}`;
}
