import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsString, ValidateNested } from 'class-validator';

import { type CherryCommit, SeriesReader } from '../../git/inspect/series.reader.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { Optional, RevisionField } from '../fields/field.decorators.js';
import { PagedInput } from '../fields/paged.input.js';
import { shortSha } from '../outputs/head.output.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitCherryInput extends PagedInput {
  @RevisionField('Where the commits may have been taken over, for example origin/main')
  upstream: string;

  @RevisionField('The branch whose commits are looked for')
  @Optional()
  head: string = 'HEAD';

  @RevisionField('Only commits after this one')
  @Optional()
  limit?: string;
}

export class CherryCommitOutput {
  @IsString()
  sha: string;

  @IsString()
  subject: string;

  @Describe('The upstream has a commit that changes the same')
  @IsBoolean()
  upstream: boolean;
}

export class GitCherryOutput {
  @Describe('Oldest first; merges are left out')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => CherryCommitOutput)
  commits: CherryCommitOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

@Injectable()
export class GitCherryTool implements RepositoryTool<GitCherryInput, GitCherryOutput> {
  readonly spec = {
    name: 'git_cherry',
    title: 'Find commits not yet upstream',
    description:
      'Lists the commits of a branch that an upstream does not have, and says of each whether the upstream has the same change in another commit (cherry-picked or rebased). Goes on with cursor.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitCherryInput,
    output: GitCherryOutput,
  } as const;

  constructor(private readonly reader: SeriesReader) {}

  async run(
    input: GitCherryInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitCherryOutput>> {
    const { upstream, head, limit } = input;
    const query = { upstream, head, ...(limit !== undefined && { limit }) };
    const commits = await this.reader.cherry(repository, query, signal);
    const state = () => JSON.stringify(commits);
    const page = listPage({ tool: this.spec.name, input, form, state }, commits, (commit) => ({
      text: commitText(commit),
      structured: commit,
    }));
    const text = [...page.items.map(commitText), ...moreText(page)].join('\n');
    return {
      text: commits.length === 0 ? 'The upstream has every commit.' : text,
      structured: { commits: [...page.items], ...pageOutput(page) },
    };
  }
}

/** As `git cherry -v` marks them. */
function commitText({ sha, subject, upstream }: CherryCommit): string {
  return `${upstream ? '-' : '+'} ${shortSha(sha)} ${subject}`;
}
