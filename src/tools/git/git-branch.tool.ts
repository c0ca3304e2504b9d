import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import {
  type BranchInfo,
  BRANCH_ORDERS,
  type BranchOrder,
  type BranchQuery,
  GIT_READS,
  type GitReads,
} from '../../git/git-reads.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { type AnswerForm } from '../answers/answer-form.js';
import { ChoiceField, FlagField, NameField, Optional, RevisionField } from '../fields/field.decorators.js';
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

  @RevisionField('Only branches that are merged into this commit')
  @Optional()
  merged?: string;

  @RevisionField('Only branches that are not merged into this commit')
  @Optional()
  no_merged?: string;

  @NameField('Only names that match, such as feature/*')
  @Optional()
  pattern?: string;

  @ChoiceField('Order', BRANCH_ORDERS)
  @Optional()
  sort: BranchOrder = 'name';

  @FlagField('Count the commits ahead of and behind the upstream')
  @Optional()
  ahead_behind: boolean = false;
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

  @IsOptional()
  @IsInt()
  ahead?: number;

  @IsOptional()
  @IsInt()
  behind?: number;

  @Describe('The upstream does not exist any more')
  @IsOptional()
  @IsBoolean()
  gone?: boolean;
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

interface Told {
  /** The input, and how it is to be shown. */
  readonly question: string;
  readonly answer: ToolAnswer<GitBranchOutput>;
}

@Injectable()
export class GitBranchTool implements RepositoryTool<GitBranchInput, GitBranchOutput> {
  readonly spec = {
    name: 'git_branch',
    title: 'List branches',
    description:
      'Lists local branches, remote-tracking branches or both, each with its newest commit; the current one is marked. contains, not_contains, merged and no_merged filter by a commit. git_branch_edit changes branches.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitBranchInput,
    output: GitBranchOutput,
  } as const;

  /** The last answer about each list that is given again. It goes with the list. */
  private readonly told = new WeakMap<readonly BranchInfo[], Told>();

  constructor(@Inject(GIT_READS) private readonly reads: GitReads) {}

  async run(
    input: GitBranchInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitBranchOutput>> {
    const branches = await this.reads.branches(repository, queryOf(input), signal);
    const question = JSON.stringify([input, form]);
    const told = this.told.get(branches);
    if (told?.question === question) return told.answer;
    const answer = this.page(input, form, branches);
    this.told.set(branches, { question, answer });
    return answer;
  }

  private page(
    input: GitBranchInput,
    form: AnswerForm,
    branches: readonly BranchInfo[],
  ): ToolAnswer<GitBranchOutput> {
    const toText = form.verbosity === 'concise' ? nameText : branchText;
    const request = { tool: this.spec.name, input, form, state: () => JSON.stringify(branches) };
    const page = listPage(request, branches, (branch) => ({
      text: toText(branch),
      structured: branchOutput(branch),
    }));
    const texts = page.shown.map(({ text }) => text);
    return {
      text: branches.length === 0 ? 'No branches.' : [...texts, ...moreText(page)].join('\n'),
      structured: { branches: page.shown.map(({ structured }) => structured), ...pageOutput(page) },
    };
  }
}

function nameText({ name, remote, current }: BranchInfo): string {
  return `${current ? '*' : ' '} ${remote ? `remotes/${name}` : name}`;
}

function queryOf(input: GitBranchInput): BranchQuery {
  const { contains, not_contains, merged, no_merged, pattern, sort, ahead_behind } = input;
  return {
    type: input.branch_type,
    ...(contains !== undefined && { contains }),
    ...(not_contains !== undefined && { notContains: not_contains }),
    ...(merged !== undefined && { merged }),
    ...(no_merged !== undefined && { notMerged: no_merged }),
    ...(pattern !== undefined && { pattern }),
    ...(sort !== 'name' && { order: sort }),
    ...(ahead_behind && { tracking: true }),
  };
}

function branchOutput({ tracking, ...branch }: BranchInfo): BranchOutput {
  if (tracking === undefined) return { ...branch };
  return tracking === 'gone' ? { ...branch, gone: true } : { ...branch, ...tracking };
}

/** As `git branch --verbose --verbose` prints it. */
function branchText(branch: BranchInfo): string {
  const { sha, upstream, subject, tracking } = branch;
  const tracked = upstream === undefined ? '' : ` [${upstream}${trackingText(tracking)}]`;
  return `${nameText(branch)} ${shortSha(sha)}${tracked} ${subject}`;
}

function trackingText(tracking: BranchInfo['tracking']): string {
  if (tracking === undefined) return '';
  if (tracking === 'gone') return ': gone';
  const { ahead, behind } = tracking;
  const parts = [ahead > 0 && `ahead ${ahead}`, behind > 0 && `behind ${behind}`].filter(Boolean);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}
