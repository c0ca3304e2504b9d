import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type BisectState, Bisector } from '../../git/bisect/bisector.js';
import { type Verdict } from '../../git/bisect/bisect-log.js';
import { type PlannedChange } from '../../git/planned-change.js';
import { type Repository } from '../../git/repository.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { ChoiceField, FlagField, Optional, PathField, RevisionField } from '../fields/field.decorators.js';
import { AnyPathsField, TextsField } from '../fields/list.fields.js';
import { neededList } from '../fields/needed.js';
import { EffectOutput, effectsText, planOf } from '../outputs/effect.output.js';
import { shortSha } from '../outputs/head.output.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = ['start', 'good', 'bad', 'skip', 'log', 'reset'] as const;

export class GitBisectInput extends DestructiveInput {
  @ChoiceField('good, bad and skip: the verdict on a commit; reset: end it and remove the work tree', ACTIONS)
  action: (typeof ACTIONS)[number];

  @PathField(
    'start: the new folder of its work tree; beside the repository if left out. Others: which one, of several',
  )
  @Optional()
  path?: string;

  @RevisionField('start: a commit that is bad')
  @Optional()
  bad: string = 'HEAD';

  @TextsField('start: commits that are good, at least one')
  @Optional()
  good: string[] = [];

  @FlagField('start: follow only the first parents of merges')
  @Optional()
  first_parent: boolean = false;

  @AnyPathsField('start: try only commits that change these files and folders')
  @Optional()
  paths: string[] = [];

  @RevisionField('good, bad, skip: the commit; what is checked out in the work tree if left out')
  @Optional()
  revision?: string;

  @FlagField('reset: also where files in the work tree were changed or made, which are lost')
  @Optional()
  force: boolean = false;
}

export class BisectStepOutput {
  @Describe('good, bad or skip')
  @IsString()
  verdict: string;

  @IsString()
  sha: string;

  @IsString()
  subject: string;
}

export class GitBisectOutput {
  @Describe('The work tree to try commits in; of reset: that was removed')
  @IsString()
  path: string;

  @Describe('What is checked out there and to be tried; null once there is nothing to try')
  @Nullable()
  @IsString()
  current: string | null;

  @Describe('How many commits the first bad one may be among')
  @IsInt()
  remaining: number;

  @Describe('The first bad commit, once it is known')
  @Nullable()
  @IsString()
  first_bad: string | null;

  @Describe('Where only skipped commits are left: what the first bad one can be')
  @IsArray()
  @IsString({ each: true })
  candidates: string[];

  @Describe('The verdicts so far')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => BisectStepOutput)
  steps: BisectStepOutput[];

  @Describe('Of reset')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects?: EffectOutput[];
}

@Injectable()
export class GitBisectTool implements RepositoryTool<GitBisectInput, GitBisectOutput> {
  readonly spec = {
    name: 'git_bisect',
    title: 'Find the commit that broke something',
    description:
      'Finds the first bad commit between a good and a bad one, by halves. start checks a commit out in a work tree of its own (path of the answer): try it there, then say good, bad, or skip where it cannot be tried, until first_bad is known; reset ends it. What is checked out elsewhere stays. It outlives sessions: log shows where it is; git_undo takes back a verdict, and brings back what reset ended.',
    toolset: 'worktrees',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: DISCARD,
    input: GitBisectInput,
    output: GitBisectOutput,
  } as const;

  constructor(private readonly bisector: Bisector) {}

  demands({ action }: GitBisectInput): CallDemands {
    return action === 'log'
      ? { scopes: ['git:read'], access: 'read' }
      : { scopes: ['git:write'], access: 'write' };
  }

  needsPlan({ action, force }: GitBisectInput): boolean {
    return action === 'reset' && force;
  }

  keeps(): Keeps {
    return 'bisect';
  }

  async preview(
    input: GitBisectInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const change = await this.change(input, repository, signal);
    return planOf(change ?? { effects: [] });
  }

  async run(
    input: GitBisectInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitBisectOutput>> {
    const { action, path } = input;
    if (action === 'reset') return this.reset(input, repository, signal);
    const change = await this.change(input, repository, signal);
    const [effect] = (await change?.apply(signal)) ?? [];
    return answerOf(await this.bisector.look(repository, effect?.subject ?? path, signal));
  }

  private async reset(input: GitBisectInput, repository: Repository, signal: AbortSignal) {
    const before = await this.bisector.look(repository, input.path, signal);
    const change = await this.bisector.reset(repository, { ...pathOf(input), force: input.force }, signal);
    const effects = await change.apply(signal);
    const { text, structured } = answerOf(before);
    return {
      text: `${effectsText(effects)}\n${text}`,
      structured: { ...structured, current: null, effects: [...effects] },
    };
  }

  private async change(
    input: GitBisectInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<PlannedChange | undefined> {
    const { action, revision, force } = input;
    if (action === 'log') return undefined;
    if (action === 'start') return this.bisector.start(repository, startOf(input), signal);
    if (action === 'reset') return this.bisector.reset(repository, { ...pathOf(input), force }, signal);
    const verdict: Verdict = action;
    const mark = { verdict, ...pathOf(input), ...(revision !== undefined && { revision }) };
    return this.bisector.mark(repository, mark, signal);
  }
}

function startOf(input: GitBisectInput) {
  const { bad, first_parent, paths } = input;
  return { ...pathOf(input), bad, good: neededList(input, 'good'), firstParent: first_parent, paths };
}

function pathOf({ path }: GitBisectInput): { path?: string } {
  return path === undefined ? {} : { path };
}

function answerOf(state: BisectState): ToolAnswer<GitBisectOutput> {
  const { path, current, remaining, firstBad, candidates, steps } = state;
  return {
    text: [
      verdictText(state),
      ...steps.map((step) => `${step.verdict} ${shortSha(step.sha)} ${step.subject}`),
    ].join('\n'),
    structured: {
      path,
      current,
      remaining,
      first_bad: firstBad,
      candidates: [...candidates],
      steps: [...steps],
    },
  };
}

function verdictText({ path, current, remaining, firstBad, candidates }: BisectState): string {
  if (firstBad !== null) return `${firstBad} is the first bad commit.`;
  if (candidates.length > 0)
    return `Only skipped commits are left. The first bad one is among: ${candidates.map(shortSha).join(' ')}`;
  return `Try ${shortSha(current ?? '')} in ${path}; at most ${remaining} commits are left.`;
}
