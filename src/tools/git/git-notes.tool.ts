import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type Note, type NoteEdit, NoteStore } from '../../git/notes/note.store.js';
import { type Repository } from '../../git/repository.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { WRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { AllowSecretsField, ChangeInput } from '../fields/change.input.js';
import {
  ChoiceField,
  FlagField,
  MessageField,
  NameField,
  Optional,
  RevisionField,
} from '../fields/field.decorators.js';
import { needed } from '../fields/needed.js';
import { EffectOutput, effectsText, planOf } from '../outputs/effect.output.js';
import { shortSha } from '../outputs/head.output.js';
import { listing, OmittedField, omittedOutput, omittedText } from '../outputs/listing.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = ['list', 'show', 'add', 'append', 'remove'] as const;

export class GitNotesInput extends ChangeInput {
  @ChoiceField('list and show read; the others write', ACTIONS)
  action: (typeof ACTIONS)[number];

  @RevisionField('What the note is on; of all actions but list')
  @Optional()
  revision: string = 'HEAD';

  @MessageField('add, append: the note')
  @Optional()
  message?: string;

  @FlagField('add: replace the note there is')
  @Optional()
  force: boolean = false;

  @NameField('Name of the ref below refs/notes, such as review')
  @Optional()
  category: string = 'commits';

  @AllowSecretsField()
  allow_secrets?: string;
}

export class NoteOutput {
  @Describe('Id of what the note is on')
  @IsString()
  object: string;

  @Describe('Id of the note')
  @IsString()
  note: string;
}

export class GitNotesOutput {
  @Describe('Of list')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => NoteOutput)
  notes?: NoteOutput[];

  @OmittedField()
  omitted?: number;

  @Describe('Of show: id of the object')
  @IsOptional()
  @IsString()
  object?: string;

  @Describe('Of show: the note, null where there is none')
  @Nullable()
  @IsOptional()
  @IsString()
  text?: string | null;

  @Describe('Of add, append and remove')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects?: EffectOutput[];
}

type Answer = ToolAnswer<GitNotesOutput>;

@Injectable()
export class GitNotesTool implements RepositoryTool<GitNotesInput, GitNotesOutput> {
  readonly spec = {
    name: 'git_notes',
    title: 'Read and write notes on commits',
    description:
      'Notes are texts on commits (or other objects) that do not change them: a review, a test result. Lists, shows, adds, appends to and removes them, in one ref below refs/notes per category. They reach a remote only where their ref is pushed.',
    toolset: 'change',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: WRITE,
    input: GitNotesInput,
    output: GitNotesOutput,
  } as const;

  constructor(private readonly store: NoteStore) {}

  demands({ action }: GitNotesInput): CallDemands {
    return action === 'list' || action === 'show'
      ? { scopes: ['git:read'], access: 'read' }
      : { scopes: ['git:write'], access: 'write' };
  }

  keeps({ action }: GitNotesInput): Keeps {
    return action === 'list' || action === 'show' ? 'nothing' : 'refs';
  }

  async preview(input: GitNotesInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    const edit = editOf(input);
    return planOf(edit ? await this.store.plan(repository, edit, signal) : { effects: [] });
  }

  async run(input: GitNotesInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Answer> {
    const edit = editOf(input);
    if (!edit)
      return input.action === 'list'
        ? this.list(input, repository, signal)
        : this.show(input, repository, signal);
    const change = await this.store.plan(repository, edit, signal);
    const effects = await change.apply(signal);
    return { text: effectsText(effects), structured: { effects: [...effects] } };
  }

  private async list(
    { category }: GitNotesInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { shown, omitted } = listing(await this.store.list(repository, category, signal));
    const lines = shown.map(noteText);
    return {
      text: lines.length === 0 ? 'No notes.' : [...lines, ...omittedText(omitted)].join('\n'),
      structured: { notes: [...shown], ...omittedOutput(omitted) },
    };
  }

  private async show(input: GitNotesInput, repository: Repository, signal: AbortSignal): Promise<Answer> {
    const { object, text, truncated } = await this.store.show(repository, input, signal);
    const note = text ?? `There is no note on ${shortSha(object)}.`;
    return { text: truncated ? `${note}\n[The note is longer]` : note, structured: { object, text } };
  }
}

function editOf(input: GitNotesInput): NoteEdit | undefined {
  const { action, category, revision, force, allow_secrets: allowSecrets } = input;
  if (action === 'list' || action === 'show') return undefined;
  if (action === 'remove') return { action, category, revision };
  const allowed = { ...(allowSecrets !== undefined && { allowSecrets }) };
  return { action, category, revision, force, message: needed(input, 'message'), ...allowed };
}

function noteText({ object, note }: Note): string {
  return `${object} ${shortSha(note)}`;
}
