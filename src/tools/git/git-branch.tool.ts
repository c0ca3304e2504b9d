import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type BranchInfo, GIT_READS, type GitReads } from '../../git/git-reads.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { ChoiceField, Optional, RevisionField } from '../fields/field.decorators.js';
import { PagedInput } from '../fields/paged.input.js';
import { shortSha } from '../outputs/head.output.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const TYPES = ['local', 'remote', 'all'] as const;

export class GitBranchInput extends PagedInput {
  @ChoiceField('Which branches to list', TYPES)
  branch_type: (typeof TYPES)[number];

  @RevisionField('Only branches that contain this commit')
  @Optional()
  contains?: string;

  @RevisionField('Only branches that do not contain this commit')
  @Optional()
  not_contains?: string;
}

export class BranchOutput {
  @Describe('Short name, such as main or origin/main')
  @IsString()
  name: string;

  @IsBoolean()
  remote: boolean;

  @Describe('Object id of its newest commit')
  @IsString()
  sha: string;

  @Describe('First line of that commit')
  @IsString()
  subject: string;

  @Describe('It is the branch that is checked out')
  @IsBoolean()
  current: boolean;

  @IsOptional()
  @IsString()
  upstream?: string;
}

export class GitBranchOutput {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => BranchOutput)
  branches: BranchOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

@Injectable()
export class GitBranchTool implements RepositoryTool<GitBranchInput, GitBranchOutput> {
  readonly spec = {
    name: 'git_branch',
    title: 'List branches',
    description:
      'Lists local branches, remote-tracking branches or both, each with its newest commit; the current one is marked. contains and not_contains filter by a commit.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitBranchInput,
    output: GitBranchOutput,
  } as const;

  constructor(@Inject(GIT_READS) private readonly reads: GitReads) {}

  async run(
    input: GitBranchInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitBranchOutput>> {
    const { branch_type, contains, not_contains } = input;
    const filter = {
      ...(contains !== undefined && { contains }),
      ...(not_contains !== undefined && { notContains: not_contains }),
    };
    const branches = await this.reads.branches(repository, { type: branch_type, ...filter }, signal);
    const toText = form.verbosity === 'concise' ? nameText : branchText;
    const request = { tool: this.spec.name, input, form, state: () => JSON.stringify(branches) };
    const page = listPage(request, branches, (branch) => ({ text: toText(branch), structured: branch }));
    return {
      text:
        branches.length === 0 ? 'No branches.' : [...page.items.map(toText), ...moreText(page)].join('\n'),
      structured: { branches: page.items.map((branch) => ({ ...branch })), ...pageOutput(page) },
    };
  }
}

function nameText({ name, remote, current }: BranchInfo): string {
  return `${current ? '*' : ' '} ${remote ? `remotes/${name}` : name}`;
}

/** As `git branch --verbose` prints it. */
function branchText(branch: BranchInfo): string {
  const { sha, upstream, subject } = branch;
  const tracked = upstream === undefined ? '' : ` [${upstream}]`;
  return `${nameText(branch)} ${shortSha(sha)}${tracked} ${subject}`;
}
