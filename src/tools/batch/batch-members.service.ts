import { Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';

import { type FieldIssue, ServerError } from '../../shared/errors/index.js';
import { MessageValidator } from '../../validation/message-validator.service.js';
import { type Keeps } from '../changes/plan.js';
import { type RepositoryInput } from '../fields/repository.input.js';
import { type RepositoryTool, type ToolContext, worksOnRepository } from '../tool.js';
import { ToolGate } from '../tool.gate.js';
import { ToolRegistry } from '../tool.registry.js';

/** One operation of a batch as it came; `arguments` is JSON text. */
export interface BatchOperation {
  readonly tool: string;
  readonly arguments: string;
}

export interface Member {
  readonly tool: RepositoryTool;
  readonly input: RepositoryInput & { readonly expected_head?: string };
  readonly writes: boolean;
}

/** Arguments that are those of the batch, never of one operation in it. */
const OF_THE_BATCH = ['repo_path', 'dry_run', 'idempotency_key', 'plan_token', 'confirm'] as const;
/** From little to much. */
const DEPTHS: readonly Keeps[] = ['nothing', 'refs', 'index', 'worktree', 'everything'];

/** What the operations of a batch are, and whether they can be in one. */
@Injectable()
export class BatchMembers {
  constructor(
    private readonly modules: ModuleRef,
    private readonly validator: MessageValidator,
  ) {}

  /**
   * @param common what the batch itself is told of repository and answer; counts for each operation
   * @throws ServerError `unknown_tool`; `validation_failed` with the paths of what is wrong; `operation_failed` with
   *   `details: {reason: 'not-in-a-batch', index, tool}`
   */
  of(operations: readonly BatchOperation[], common: RepositoryInput): readonly Member[] {
    return operations.map((operation, index) => this.member(operation, index, common));
  }

  /** @throws ServerError `forbidden` where the session does not have one of the tools */
  open(members: readonly Member[], context: ToolContext): void {
    const gate = this.modules.get(ToolGate, { strict: false });
    for (const { tool } of members) gate.open(tool.spec.name, context);
  }

  private member(
    { tool: name, arguments: text }: BatchOperation,
    index: number,
    common: RepositoryInput,
  ): Member {
    const tool = this.modules.get(ToolRegistry, { strict: false }).get(name);
    const prefix = `arguments.operations.${index}.arguments`;
    const given = parsed(text, prefix);
    const outer = OF_THE_BATCH.find(
      (field) => given[field] !== undefined && given[field] !== common.repo_path,
    );
    if (outer !== undefined)
      throw invalid(`${prefix}.${outer}`, 'isOfTheBatch', `${outer} is given to the batch`);
    if (!worksOnRepository(tool)) throw excluded(name, index, 'it does not work on a repository that exists');
    const input = this.checked(tool, { ...common, ...given, repo_path: common.repo_path }, prefix);
    const writes = (tool.demands?.(input).access ?? tool.spec.access) === 'write';
    const reason = reasonAgainst(tool, input, writes);
    if (reason !== undefined) throw excluded(name, index, reason);
    return { tool, input, writes };
  }

  private checked(tool: RepositoryTool, args: object, prefix: string): RepositoryInput {
    const verdict = this.validator.validate(tool.spec.input as Type<RepositoryInput>, args, tool.spec.name);
    if (verdict.ok) return verdict.value;
    const issues = verdict.issues.map((issue) => ({ ...issue, path: `${prefix}.${issue.path}` }));
    throw refusal(issues);
  }
}

/** How much has to be kept to be able to take all of them back. */
export function keepsOf(members: readonly Member[]): Keeps {
  const depths = members
    .filter(({ writes }) => writes)
    .map(({ tool, input }) => tool.keeps?.(input) ?? 'index');
  return DEPTHS[Math.max(0, ...depths.map((depth) => DEPTHS.indexOf(depth)))] ?? 'index';
}

/** All or nothing holds for refs, index and files of one repository. */
function reasonAgainst(tool: RepositoryTool, input: RepositoryInput, writes: boolean): string | undefined {
  const { network, toolset } = tool.spec;
  if (network) return 'it uses the network';
  if (tool.logsItself === true) return 'it is a change of the log or of several work trees itself';
  if (!writes) return undefined;
  if (toolset === 'worktrees') return 'it changes other work trees';
  const keeps = tool.keeps?.(input) ?? 'index';
  if (keeps === 'nothing' || !DEPTHS.includes(keeps))
    return 'what it changes is not taken back with the others';
  return undefined;
}

function parsed(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Said below, as for any other JSON.
  }
  throw invalid(path, 'isJsonObject', 'arguments must be the JSON text of an object');
}

function invalid(path: string, constraint: string, message: string): ServerError {
  return refusal([{ path, constraint, message }]);
}

function refusal(details: readonly FieldIssue[]): ServerError {
  const message = 'The arguments of an operation do not fit its tool; details name each field';
  return new ServerError('validation_failed', message, { details });
}

function excluded(tool: string, index: number, why: string): ServerError {
  const message =
    'One of the operations cannot be part of a batch; details say which and why. Call it by itself';
  return new ServerError('operation_failed', message, {
    details: { reason: 'not-in-a-batch', index, tool, why },
  });
}
