import { createHash } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import { type CallKey, type OperationCall } from '../../git/operations/operation-record.js';
import { OperationLog } from '../../git/operations/operation.log.js';
import { OperationStore } from '../../git/operations/operation.store.js';
import { type Repository } from '../../git/repository.js';
import { scrubText } from '../../observability/log/scrub.js';
import { ServerError } from '../../shared/errors/index.js';
import { principalKey } from '../../shared/principal.js';
import { type RepositoryInput } from '../fields/repository.input.js';
import {
  type FreeTool,
  type RepositoryContext,
  type RepositoryTool,
  type ToolAnswer,
  type ToolContext,
  worksOnRepository,
} from '../tool.js';
import { changeArguments } from './plan-token.js';

const MAX_SUMMARY = 1_000;

type Answer = ToolAnswer<object>;
type Input = RepositoryInput & { readonly idempotency_key?: string };

/** Runs tools that change a repository with an entry in its operation log, and once for each key. */
@Injectable()
export class ChangeRecorder {
  constructor(
    private readonly log: OperationLog,
    private readonly store: OperationStore,
  ) {}

  /**
   * Call with the writer lock held: a call with the same key waits there until this one is done.
   *
   * @param check whether the call may run; not asked where its key says that it has run
   * @throws ServerError `operation_failed` with `details.reason: 'idempotency_key_reused'` for a key of another call; what
   *   `check` and the tool throw
   */
  async run(
    tool: RepositoryTool,
    input: Input,
    context: RepositoryContext,
    check: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const call = operationCall(tool, input, context);
    const known = call.key && (await this.answered(context.repository, call.key, signal));
    if (known !== undefined) return known;
    await check();
    if (tool.logsItself === true) return tool.run(input, { ...context, operation: call }, signal);
    const work = () => tool.run(input, context, signal);
    const { result, id } = await this.log.record(context.repository, call, work, (answer) => answer, signal);
    return id === undefined ? result : withId(result, id);
  }

  /** What a call with this key was answered with, `undefined` where there was none. */
  async answered(repository: Repository, key: CallKey, signal: AbortSignal): Promise<Answer | undefined> {
    const record = await this.store.byKey(repository, key.digest, signal);
    if (record === undefined) return undefined;
    if (record.key?.call !== key.call) {
      const message =
        'The idempotency key was used for another call; take a new one for each thing to be done';
      throw new ServerError('operation_failed', message, {
        details: { reason: 'idempotency_key_reused', operation_id: record.id },
      });
    }
    if (record.answer !== undefined) return withId(record.answer, record.id);
    const message = 'The call with this idempotency key was done; its answer was too long to be kept';
    throw new ServerError('operation_failed', message, {
      details: { reason: 'already_done', operation_id: record.id },
    });
  }
}

/** What the log says of a call. A key counts for whoever gave it, and for one call. */
export function operationCall(
  tool: RepositoryTool | FreeTool,
  input: Input,
  context: ToolContext,
): OperationCall {
  const { name } = tool.spec;
  const { repo_path: _where, ...said } = input;
  const summary = scrubText(changeArguments(said)).slice(0, MAX_SUMMARY);
  const key = input.idempotency_key;
  return {
    tool: name,
    summary,
    session: context.sessionId,
    principal: context.principal.name,
    ...(worksOnRepository(tool)
      ? { keeps: tool.keeps?.(input) ?? 'index', touches: tool.touches?.(input) ?? [] }
      : { keeps: 'nothing' as const }),
    ...(key !== undefined && {
      key: {
        digest: digest(principalKey(context.principal), key),
        call: digest(name, changeArguments(said)),
      },
    }),
  };
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

function withId({ text, structured }: Answer, id: string): Answer {
  return { text, structured: { ...structured, operation_id: id } };
}
