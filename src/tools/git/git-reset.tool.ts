import { Inject, Injectable } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';

import { GIT_WRITES, type GitWrites, type ResetMode, type ResetRequest } from '../../git/git-writes.port.js';
import { PublishedCommits } from '../../git/integration/published-commits.reader.js';
import { ChangePreviews } from '../../git/previews/change-previews.service.js';
import { type Repository } from '../../git/repository.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { type Question } from '../confirmation.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { ChoiceField, Optional, RevisionField } from '../fields/field.decorators.js';
import { headText, shortSha } from '../outputs/head.output.js';
import { PathsOutput, pathsOutput, pathsText } from '../outputs/paths.output.js';
import { ProtectedBranches } from '../protected-branches.service.js';
import { question } from '../question.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const MODES = ['soft', 'mixed', 'hard', 'keep', 'merge'] as const;

export class GitResetInput extends DestructiveInput {
  @ChoiceField(
    'What follows: soft nothing, mixed the index, hard index and files (changes are lost), keep files without changes, merge all but unstaged changes',
    MODES,
  )
  @Optional()
  mode: ResetMode = 'mixed';

  @RevisionField('Move the current branch to this commit; it stays if left out')
  @Optional()
  target?: string;
}

export class GitResetOutput extends PathsOutput {
  @Describe('Commit that HEAD was moved to')
  @IsString()
  @IsOptional()
  head?: string;
}

const DONE = {
  soft: ['Changed', 'Would change'],
  mixed: ['Unstaged', 'Would unstage'],
  hard: ['Overwrote', 'Would overwrite'],
  keep: ['Changed', 'Would change'],
  merge: ['Overwrote', 'Would overwrite'],
} as const;

@Injectable()
export class GitResetTool implements RepositoryTool<GitResetInput, GitResetOutput> {
  readonly spec = {
    name: 'git_reset',
    title: 'Unstage all files, or move the branch',
    description:
      'Unstages all staged changes of all files; the files keep their content. With target it moves the current branch there, too. hard and merge lose changes of files, which needs a yes to the plan of a dry_run; to drop pushed commits, or move a protected branch, needs one of the user.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: DISCARD,
    input: GitResetInput,
    output: GitResetOutput,
  } as const;

  constructor(
    @Inject(GIT_WRITES) private readonly writes: GitWrites,
    private readonly previews: ChangePreviews,
    private readonly branches: ProtectedBranches,
    private readonly published: PublishedCommits,
  ) {}

  needsPlan({ mode }: GitResetInput): boolean {
    return mode === 'hard' || mode === 'merge';
  }

  keeps({ mode }: GitResetInput): Keeps {
    return mode === 'soft' || mode === 'mixed' ? 'index' : 'worktree';
  }

  async confirmation(
    input: GitResetInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<Question | undefined> {
    const { target: asked } = input;
    if (asked === undefined) return undefined;
    const { before, target } = await this.previews.reset(repository, requestOf(input), signal);
    if (before.head === null || before.head === target) return undefined;
    if (before.branch !== null && this.branches.includes(before.branch))
      return question`Move the protected branch ${before.branch} to ${asked} in the repository ${repository}?`;
    const pushed = await this.published.since(repository, asked, signal);
    if (pushed === 0) return undefined;
    return question`Drop commits that a remote has already (${String(pushed)}) by a reset to ${asked} in the repository ${repository}? The branch can then only be pushed with force.`;
  }

  async preview(input: GitResetInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    const plan = await this.previews.reset(repository, requestOf(input), signal);
    const { before, target, unstaged, overwritten } = plan;
    const paths = overwritten.length > 0 ? overwritten : unstaged.map(({ path }) => path);
    const ref = before.branch === null ? 'HEAD' : `refs/heads/${before.branch}`;
    const moves =
      target === before.head ? [] : [{ action: 'update', subject: ref, from: before.head, to: target }];
    return {
      text: text(
        DONE[input.mode][1],
        paths,
        moves.length > 0 ? `Would move ${headText(before)} to ${shortSha(target ?? '')}` : '',
      ),
      effects: [
        ...moves,
        ...(overwritten.length > 0
          ? overwritten.map((subject) => ({ action: 'overwrite', subject }))
          : unstaged.map(({ path, from, to }) => ({ action: 'unstage', subject: path, from: to, to: from }))),
      ],
    };
  }

  async run(
    input: GitResetInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitResetOutput>> {
    const { paths, moved, ...head } = await this.writes.reset(repository, requestOf(input), signal);
    return {
      text: text(DONE[input.mode][0], paths, moved ? `Moved: ${headText(head)}` : ''),
      structured: { ...pathsOutput(paths), ...(moved && head.head !== null && { head: head.head }) },
    };
  }
}

function requestOf({ mode, target }: GitResetInput): ResetRequest {
  return { mode, ...(target !== undefined && { target }) };
}

function text(done: string, paths: readonly string[], moved: string): string {
  if (moved === '') return pathsText(done, paths);
  return paths.length === 0 ? moved : `${moved}\n${pathsText(done, paths)}`;
}
