import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsInt, IsString, ValidateNested } from 'class-validator';

import { type Repository } from '../../git/repository.js';
import { type Scope } from '../../shared/principal.js';
import { ServerError } from '../../shared/errors/index.js';
import { Describe, Lenient } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { BatchMembers, keepsOf, type Member } from '../batch/batch-members.service.js';
import { BatchRunner } from '../batch/batch-runner.service.js';
import { type Keeps, type Plan, type PlanEffect } from '../changes/plan.js';
import { type Question } from '../confirmation.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { NameField, Optional, TextField } from '../fields/field.decorators.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const MOST = 100;
const MAX_ARGUMENTS = 1_000_000;
const MAX_QUESTION = 1_000;

export class BatchOperationInput {
  @NameField('Name of a tool')
  tool: string;

  @TextField('Its arguments without repo_path, as JSON text', MAX_ARGUMENTS)
  @Lenient('object-as-json')
  @Optional()
  arguments: string = '{}';
}

export class GitBatchInput extends DestructiveInput {
  @Describe('What is done, in this order')
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST)
  @ValidateNested({ each: true })
  @Type(() => BatchOperationInput)
  operations: BatchOperationInput[];
}

export class BatchResultOutput {
  @Describe('Place in operations, from 0')
  @IsInt()
  index: number;

  @IsString()
  tool: string;

  @Describe('Its answer; with response_format json its structured result as JSON text')
  @IsString()
  answer: string;
}

export class GitBatchOutput {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => BatchResultOutput)
  results: BatchResultOutput[];
}

@Injectable()
export class GitBatchTool implements RepositoryTool<GitBatchInput, GitBatchOutput> {
  readonly logsItself = true;
  readonly spec = {
    name: 'git_batch',
    title: 'Several operations, all or nothing',
    description:
      'Runs several tools on one repository without anybody in between. Where one fails, all before it are taken back: refs, index and files are as they were. One entry in the operation log, so git_undo takes back the whole. Not for tools that use the network, change other work trees or the log.',
    toolset: 'change',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: DISCARD,
    input: GitBatchInput,
    output: GitBatchOutput,
  } as const;

  constructor(
    private readonly members: BatchMembers,
    private readonly runner: BatchRunner,
  ) {}

  demands(input: GitBatchInput): CallDemands {
    const members = this.membersOf(input);
    const scopes = members.flatMap(({ tool, input: own }) => [
      ...tool.spec.scopes,
      ...(tool.demands?.(own).scopes ?? []),
    ]);
    const access = members.some(({ writes }) => writes) ? 'write' : 'read';
    return { scopes: [...new Set<Scope>(scopes)], access };
  }

  needsPlan(input: GitBatchInput): boolean {
    return this.membersOf(input).some(({ tool, input: own }) => tool.needsPlan?.(own) === true);
  }

  keeps(input: GitBatchInput): Keeps {
    return keepsOf(this.membersOf(input));
  }

  /** One question for all of them. */
  async confirmation(
    input: GitBatchInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<Question | undefined> {
    const messages: string[] = [];
    for (const { tool, input: own } of this.membersOf(input)) {
      const asked = await tool.confirmation?.(own, repository, signal);
      if (asked !== undefined) messages.push(asked.message);
    }
    if (messages.length === 0) return undefined;
    const message = messages.join(' ');
    if (message.length <= MAX_QUESTION) return { message };
    throw new ServerError(
      'operation_failed',
      'Too many of the operations need a yes; put them in several batches',
      {
        details: { reason: 'too-many-questions' },
      },
    );
  }

  async preview(input: GitBatchInput, context: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    const members = this.membersOf(input);
    this.members.open(members, context);
    const plans: Plan[] = [];
    for (const [index, member] of members.entries()) plans.push(await planOf(member, index, context, signal));
    return {
      text: [`Would run ${members.length} operations:`, ...plans.map(({ text }) => text)].join('\n'),
      effects: plans.flatMap(({ effects }) => effects),
    };
  }

  run(
    input: GitBatchInput,
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitBatchOutput>> {
    const members = this.membersOf(input);
    this.members.open(members, context);
    const answerOf = (answers: readonly ToolAnswer<object>[]) => batchAnswer(members, answers, context);
    if (context.operation !== undefined) {
      return this.runner.allOrNothing(members, context, answerOf, signal);
    }
    return this.runner.inTurn(members, context, signal).then(answerOf);
  }

  private membersOf({ operations, ...input }: GitBatchInput): readonly Member[] {
    const { repo_path, max_bytes, response_format, verbosity } = input;
    const common = {
      repo_path,
      ...(max_bytes !== undefined && { max_bytes }),
      ...(response_format !== undefined && { response_format }),
      ...(verbosity !== undefined && { verbosity }),
    };
    return this.members.of(operations, common);
  }
}

async function planOf(
  { tool, input, writes }: Member,
  index: number,
  context: RepositoryContext,
  signal: AbortSignal,
): Promise<Plan> {
  const name = `${index} ${tool.spec.name}`;
  if (!writes) return { text: `${name}: only reads`, effects: [] };
  const unknown = (why: string): Plan => ({
    text: `${name}: ${why}`,
    effects: [{ action: `${name}: run`, subject: 'HEAD' }],
  });
  if (tool.preview === undefined) return unknown('what it does is seen when it runs');
  try {
    const { text, effects } = await tool.preview(input, context, signal);
    return { text: `${name}: ${text}`, effects: effects.map((effect) => named(name, effect)) };
  } catch (error) {
    if (!(error instanceof ServerError) || tool.needsPlan?.(input) === true) throw error;
    return unknown(
      `as things are now it would fail, unless the operations before it change that: ${error.message}`,
    );
  }
}

function named(name: string, effect: PlanEffect): PlanEffect {
  return { ...effect, action: `${name}: ${effect.action}` };
}

function batchAnswer(
  members: readonly Member[],
  answers: readonly ToolAnswer<object>[],
  { form }: RepositoryContext,
): ToolAnswer<GitBatchOutput> {
  const results = answers.map(({ text, structured }, index) => ({
    index,
    tool: members[index]?.tool.spec.name ?? '',
    answer: form.format === 'json' ? JSON.stringify(structured) : text,
  }));
  return {
    text: results.map(({ index, tool, answer }) => `${index} ${tool}: ${answer}`).join('\n'),
    structured: { results },
  };
}
