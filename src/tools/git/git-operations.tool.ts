import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type LoggedOperation, OperationHistory } from '../../git/operations/operation.history.js';
import { isNotKept, type OperationRecord } from '../../git/operations/operation-record.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { PlanEffectOutput } from '../changes/dry-run.js';
import { effectsOf } from '../changes/restorations.service.js';
import { CountField, OperationIdField, Optional } from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { listing, OmittedField, omittedOutput, omittedText } from '../outputs/listing.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitOperationsInput extends RepositoryInput {
  @OperationIdField('Only this one, with what it changed')
  @Optional()
  operation_id?: string;

  @CountField('How many of the newest', 1, 1_000)
  @Optional()
  limit: number = 20;
}

const OUTCOMES = ['pending', 'done', 'failed'] as const;

export class OperationOutput {
  @Describe('For git_undo and git_redo')
  @IsString()
  id: string;

  @IsString()
  tool: string;

  @Describe('The arguments, as JSON')
  @IsString()
  arguments: string;

  @IsString()
  principal: string;

  @IsString()
  session: string;

  @Describe('When it began, ISO 8601')
  @IsString()
  at: string;

  @Describe('pending: it runs, or the server ended meanwhile')
  @IsIn([...OUTCOMES])
  outcome: (typeof OUTCOMES)[number];

  @Describe('Code of the error it failed with')
  @IsOptional()
  @IsString()
  error?: string;

  @Describe('Whether it changed the repository, so that there is something to take back')
  @IsBoolean()
  changed: boolean;

  @Describe('It was taken back')
  @IsBoolean()
  undone: boolean;

  @IsOptional()
  @IsString()
  undoes?: string;

  @IsOptional()
  @IsString()
  redoes?: string;

  @Describe('Why less was kept than would be needed to take all of it back')
  @IsOptional()
  @IsString()
  limit?: string;
}

export class GitOperationsOutput {
  @Describe('Newest first')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => OperationOutput)
  operations: OperationOutput[];

  @Describe('With operation_id: what it changed')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => PlanEffectOutput)
  changes?: PlanEffectOutput[];

  @OmittedField()
  omitted?: number;
}

@Injectable()
export class GitOperationsTool implements RepositoryTool<GitOperationsInput, GitOperationsOutput> {
  readonly spec = {
    name: 'git_operations',
    title: 'List what was done',
    description:
      'Lists what the tools of this server did to a repository: who, when, with which arguments, and whether it was taken back. With operation_id also what exactly it changed. git_undo takes an operation back.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitOperationsInput,
    output: GitOperationsOutput,
  } as const;

  constructor(private readonly history: OperationHistory) {}

  async run(
    { operation_id, limit }: GitOperationsInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitOperationsOutput>> {
    if (operation_id !== undefined) return detail(await this.history.one(repository, operation_id, signal));
    const all = await this.history.list(repository, signal);
    const shown = all.slice(0, limit).map(operationOutput);
    const omitted = all.length - shown.length;
    const text =
      shown.length === 0 ? 'No operations.' : [...shown.map(line), ...omittedText(omitted)].join('\n');
    return { text, structured: { operations: shown, ...omittedOutput(omitted) } };
  }
}

function detail(found: Awaited<ReturnType<OperationHistory['one']>>): ToolAnswer<GitOperationsOutput> {
  const operation = operationOutput(found);
  const { shown, omitted } = listing(found.delta === null ? [] : effectsOf(found.delta));
  const lines = shown.map(({ action, subject, from, to }) =>
    [action, subject, ...(from === undefined ? [] : [`${from ?? 'nothing'}..${to ?? 'nothing'}`])].join(' '),
  );
  return {
    text: [line(operation), operation.arguments, ...lines, ...omittedText(omitted)].join('\n'),
    structured: { operations: [operation], changes: [...shown], ...omittedOutput(omitted) },
  };
}

function operationOutput({ record, undone }: LoggedOperation): OperationOutput {
  const { id, tool, summary, principal, session, outcome, changed } = record;
  const at = new Date(record.startedAt).toISOString();
  return { id, tool, arguments: summary, principal, session, at, outcome, changed, undone, ...rare(record) };
}

function rare(record: OperationRecord): Partial<OperationOutput> {
  const { code, undoes, redoes, limit = isNotKept(record) ? 'not-kept' : undefined } = record;
  return {
    ...(code !== undefined && { error: code }),
    ...(undoes !== undefined && { undoes }),
    ...(redoes !== undefined && { redoes }),
    ...(limit !== undefined && { limit }),
  };
}

function line({ id, at, tool, principal, outcome, undone, undoes, redoes }: OperationOutput): string {
  const of = undoes ?? redoes;
  const what = of === undefined ? tool : `${tool} ${of}`;
  return `${id} ${at} ${what} by ${principal} (${undone ? 'undone' : outcome})`;
}
