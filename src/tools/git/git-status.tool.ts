import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { GIT_READS, type GitReads } from '../../git/git-reads.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { PagedInput } from '../fields/paged.input.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { HeadOutput } from '../outputs/head.output.js';
import { OperationProgressOutput, STATUS_OPERATIONS } from '../outputs/operation-progress.output.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { entryText, shortStatusText, statusText } from '../text/status.text.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitStatusInput extends PagedInput {}

export class StatusEntryOutput {
  @Describe('Relative to the top of the work tree; an untracked folder ends in /')
  @IsString()
  path: string;

  @Describe('Staged state: M A D R C T U, ? untracked, . unchanged')
  @IsString()
  index: string;

  @Describe('State of the work tree against the index, same letters')
  @IsString()
  worktree: string;

  @Describe('Where a rename or a copy came from')
  @IsOptional()
  @IsString()
  from?: string;
}

export class GitStatusOutput extends HeadOutput {
  @IsOptional()
  @IsString()
  upstream?: string;

  @Describe('Commits that the upstream does not have')
  @IsOptional()
  @IsInt()
  ahead?: number;

  @Describe('Commits that only the upstream has')
  @IsOptional()
  @IsInt()
  behind?: number;

  @Describe('What waits for git_continue or git_abort')
  @IsOptional()
  @IsIn([...STATUS_OPERATIONS])
  operation?: (typeof STATUS_OPERATIONS)[number];

  @IsOptional()
  @ValidateNested()
  @Type(() => OperationProgressOutput)
  progress?: OperationProgressOutput;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => StatusEntryOutput)
  entries: StatusEntryOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

@Injectable()
export class GitStatusTool implements RepositoryTool<GitStatusInput, GitStatusOutput> {
  readonly spec = {
    name: 'git_status',
    title: 'Show the state of the work tree',
    description:
      'Shows the branch, how it stands to its upstream, staged, unstaged, untracked and conflicted files, and an unfinished merge, rebase, cherry-pick, revert or stash with the step it stopped at. Call it before staging, committing or switching branches.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitStatusInput,
    output: GitStatusOutput,
  } as const;

  constructor(@Inject(GIT_READS) private readonly reads: GitReads) {}

  async run(
    input: GitStatusInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitStatusOutput>> {
    const status = await this.reads.status(repository, signal);
    const request = { tool: this.spec.name, input, form, state: () => JSON.stringify(status) };
    const page = listPage(request, status.entries, (entry) => ({
      text: `  ${entryText(entry)}\n  `,
      structured: entry,
    }));
    const toText = form.verbosity === 'concise' ? shortStatusText : statusText;
    const entries = page.items.map((entry) => ({ ...entry }));
    return {
      text: [toText({ ...status, entries }), ...moreText(page)].join('\n'),
      structured: { ...status, entries, ...pageOutput(page) },
    };
  }
}
