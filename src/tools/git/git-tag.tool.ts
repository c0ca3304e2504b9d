import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsOptional, IsString, ValidateNested } from 'class-validator';

import { TAG_ORDERS, TagLister } from '../../git/refs/tag.lister.js';
import { TagWriter } from '../../git/refs/tag.writer.js';
import { TagVerifier } from '../../git/refs/tag.verifier.js';
import { type PlannedChange } from '../../git/planned-change.js';
import { type Repository } from '../../git/repository.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { AllowSecretsField } from '../fields/change.input.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import {
  ChoiceField,
  CountField,
  FlagField,
  MessageField,
  NameField,
  Optional,
  RevisionField,
  TextField,
} from '../fields/field.decorators.js';
import { needed } from '../fields/needed.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { TagOutput, tagOutput, tagText } from '../outputs/tag.output.js';
import { cursorAt } from '../paging/cursor.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { EffectOutput, effectsText, planOf } from '../outputs/effect.output.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = ['list', 'create', 'delete', 'verify'] as const;

export class GitTagInput extends DestructiveInput {
  @ChoiceField('list and verify read; create and delete change refs/tags', ACTIONS)
  action: (typeof ACTIONS)[number];

  @NameField('Name of the tag; needed by all actions but list')
  @Optional()
  name?: string;

  @RevisionField('create: what to tag; HEAD if left out')
  @Optional()
  target?: string;

  @MessageField('create: makes an annotated tag with this message')
  @Optional()
  message?: string;

  @FlagField('create: move the tag if it exists')
  @Optional()
  force: boolean = false;

  @NameField('list: only names that match, such as v1.*')
  @Optional()
  pattern?: string;

  @RevisionField('list: only tags that contain this commit')
  @Optional()
  contains?: string;

  @RevisionField('list: only tags of this object')
  @Optional()
  points_at?: string;

  @ChoiceField('list: order', TAG_ORDERS)
  @Optional()
  sort: (typeof TAG_ORDERS)[number] = 'newest';

  @CountField('list: most tags to list', 1, 10_000)
  @Optional()
  limit: number = 200;

  @AllowSecretsField()
  allow_secrets?: string;

  @TextField('list: next_cursor of the answer to go on with; the other arguments as before', 512)
  @Optional()
  cursor?: string;
}

export class TagSignatureOutput {
  @IsBoolean()
  valid: boolean;

  @Describe('openpgp, ssh or x509; null for a tag without a signature')
  @Nullable()
  @IsString()
  signature_type: string | null;

  @Describe('Who signed, as the program that verified names them')
  @Nullable()
  @IsString()
  signer: string | null;
}

export class GitTagOutput {
  @Describe('Of list and verify')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => TagOutput)
  tags?: TagOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;

  @Describe('Of create and delete')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects?: EffectOutput[];

  @Describe('Of verify')
  @IsOptional()
  @ValidateNested()
  @Type(() => TagSignatureOutput)
  signature?: TagSignatureOutput;
}

@Injectable()
export class GitTagTool implements RepositoryTool<GitTagInput, GitTagOutput> {
  readonly spec = {
    name: 'git_tag',
    title: 'List, create, delete and verify tags',
    description:
      'Lists tags (by pattern, commit, order), creates a lightweight tag or with message an annotated one, deletes a tag, or verifies the signature of one where the operator trusts the repository. Tags reach a remote only by git_push.',
    toolset: 'change',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: DISCARD,
    input: GitTagInput,
    output: GitTagOutput,
  } as const;

  constructor(
    private readonly lister: TagLister,
    private readonly writer: TagWriter,
    private readonly verifier: TagVerifier,
  ) {}

  demands({ action }: GitTagInput): CallDemands {
    const reads = action === 'list' || action === 'verify';
    return reads ? { scopes: ['git:read'], access: 'read' } : { scopes: ['git:write'], access: 'write' };
  }

  needsPlan({ action, force }: GitTagInput): boolean {
    return action === 'delete' || (action === 'create' && force);
  }

  keeps({ action }: GitTagInput): Keeps {
    return action === 'create' || action === 'delete' ? 'refs' : 'nothing';
  }

  async preview(input: GitTagInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    const change = await this.change(input, repository, signal);
    return planOf(change ?? { effects: [] });
  }

  async run(
    input: GitTagInput,
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitTagOutput>> {
    const { repository } = context;
    if (input.action === 'list') return this.list(input, context, signal);
    const change = await this.change(input, repository, signal);
    if (!change) return this.verify(needed(input, 'name'), repository, signal);
    const effects = await change.apply(signal);
    return { text: effectsText(effects), structured: { effects: [...effects] } };
  }

  private async change(
    input: GitTagInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<PlannedChange | undefined> {
    if (input.action === 'create') return this.writer.create(repository, newTag(input), signal);
    if (input.action === 'delete') return this.writer.delete(repository, needed(input, 'name'), signal);
    return undefined;
  }

  private async list(
    input: GitTagInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitTagOutput>> {
    const { pattern, contains, points_at, sort, limit } = input;
    const query = {
      order: sort,
      ...(pattern !== undefined && { pattern }),
      ...(contains !== undefined && { contains }),
      ...(points_at !== undefined && { pointsAt: points_at }),
    };
    const all = await this.lister.find(repository, query, signal);
    const request = { tool: this.spec.name, input, form, state: () => JSON.stringify(all) };
    const fitting = listPage(request, all, (tag) => ({ text: tagText(tag), structured: tagOutput(tag) }));
    const shown = fitting.items.slice(0, limit);
    const end = fitting.before + shown.length;
    const more = all.length > end ? { nextCursor: cursorAt(request, [end]) } : {};
    const page = { after: all.length - end, ...more };
    return {
      text: all.length === 0 ? 'No tags.' : [...shown.map(tagText), ...moreText(page)].join('\n'),
      structured: { tags: shown.map(tagOutput), ...pageOutput(page) },
    };
  }

  private async verify(
    name: string,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitTagOutput>> {
    const { tag, valid, format, signer } = await this.verifier.verify(repository, name, signal);
    const by = signer === null ? '' : ` of ${signer}`;
    const verdict = valid ? `Good ${format ?? ''} signature${by}` : `No good signature${by}`;
    const signature = { valid, signature_type: format, signer };
    return {
      text: `${verdict}: ${tagText(tag)}`,
      structured: { tags: [tagOutput(tag)], signature },
    };
  }
}

function newTag(input: GitTagInput) {
  const { target, message, force, allow_secrets: allowSecrets } = input;
  return {
    name: needed(input, 'name'),
    force,
    ...(target !== undefined && { target }),
    ...(message !== undefined && { message }),
    ...(allowSecrets !== undefined && { allowSecrets }),
  };
}
