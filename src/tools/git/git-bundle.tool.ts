import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type BundleRequest, Bundler } from '../../git/storage/bundler.js';
import { type BundleHeader } from '../../git/storage/bundle-header.js';
import { type Repository } from '../../git/repository.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { ChoiceField, FlagField, Optional, PathField } from '../fields/field.decorators.js';
import { TextsField } from '../fields/list.fields.js';
import { planOf } from '../outputs/effect.output.js';
import { listing, OmittedField, omittedOutput, omittedText } from '../outputs/listing.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = ['create', 'verify', 'list-heads'] as const;

export class GitBundleInput extends DestructiveInput {
  @ChoiceField(
    'create writes a bundle; verify says whether this repository can take one; list-heads says what one holds',
    ACTIONS,
  )
  action: (typeof ACTIONS)[number];

  @PathField('The bundle: absolute inside the roots, or relative to the work tree')
  file: string;

  @TextsField('create: branches, tags and other refs; all branches and tags if left out', 1_000)
  @Optional()
  refs: string[] = [];

  @TextsField('create: without what these commits reach, since whoever takes the bundle has it')
  @Optional()
  without: string[] = [];

  @FlagField('create: replace the file where there is one')
  @Optional()
  overwrite: boolean = false;
}

export class BundleRefOutput {
  @IsString()
  name: string;

  @IsString()
  sha: string;
}

export class GitBundleOutput {
  @Describe('Real and absolute; of create')
  @IsOptional()
  @IsString()
  path?: string;

  @IsOptional()
  @IsInt()
  bytes?: number;

  @Describe('Of verify: the repository has what the bundle needs, and the bundle is whole')
  @IsOptional()
  @IsBoolean()
  usable?: boolean;

  @Describe('What the bundle holds; of verify and list-heads')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => BundleRefOutput)
  refs?: BundleRefOutput[];

  @OmittedField()
  omitted?: number;

  @Describe('Commits that a repository needs before it can take the bundle')
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  prerequisites?: string[];
}

type Answer = ToolAnswer<GitBundleOutput>;

@Injectable()
export class GitBundleTool implements RepositoryTool<GitBundleInput, GitBundleOutput> {
  readonly spec = {
    name: 'git_bundle',
    title: 'Carry refs in a file',
    description:
      'Writes branches and tags with their history into one file inside the roots, to carry them where no network reaches; says what such a file holds, and whether this repository has what it builds on. A file that exists is replaced only with overwrite, which needs a yes to the plan of a dry_run.',
    toolset: 'maintain',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: DISCARD,
    input: GitBundleInput,
    output: GitBundleOutput,
  } as const;

  constructor(private readonly bundler: Bundler) {}

  demands({ action }: GitBundleInput): CallDemands {
    return action === 'create'
      ? { scopes: ['git:write'], access: 'write' }
      : { scopes: ['git:read'], access: 'read' };
  }

  needsPlan({ action, overwrite }: GitBundleInput): boolean {
    return action === 'create' && overwrite;
  }

  keeps(): Keeps {
    return 'nothing';
  }

  async preview(
    input: GitBundleInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    if (input.action !== 'create') return planOf({ effects: [] });
    return planOf(await this.bundler.plan(repository, requestOf(input), signal));
  }

  run(input: GitBundleInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Answer> {
    return input.action === 'create'
      ? this.create(input, repository, signal)
      : this.look(input, repository, signal);
  }

  private async create(input: GitBundleInput, repository: Repository, signal: AbortSignal): Promise<Answer> {
    const change = await this.bundler.plan(repository, requestOf(input), signal);
    const [effect] = await change.apply(signal);
    const written = { path: effect?.subject ?? '', bytes: Number(effect?.to) };
    return { text: `Wrote ${written.path} (${written.bytes} bytes)`, structured: written };
  }

  private async look(
    { action, file }: GitBundleInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<Answer> {
    if (action === 'list-heads') return headsAnswer(this.bundler.heads(repository, file));
    const verdict = await this.bundler.verify(repository, file, signal);
    const { text, structured } = headsAnswer(verdict);
    const said = verdict.usable
      ? 'The repository can take the bundle.'
      : 'The repository lacks commits that the bundle builds on, or the bundle is damaged.';
    return { text: `${said}\n${text}`, structured: { usable: verdict.usable, ...structured } };
  }
}

function requestOf({ file, overwrite, refs, without }: GitBundleInput): BundleRequest {
  return { file, overwrite, refs, without };
}

function headsAnswer({ refs, prerequisites }: BundleHeader): Answer {
  const { shown, omitted } = listing(refs);
  const needs = prerequisites.length === 0 ? [] : [`It needs ${prerequisites.join(' ')}`];
  return {
    text: [...shown.map(({ sha, name }) => `${sha} ${name}`), ...omittedText(omitted), ...needs].join('\n'),
    structured: { refs: [...shown], ...omittedOutput(omitted), prerequisites: [...prerequisites] },
  };
}
