import { Injectable } from '@nestjs/common';

import { OperationHistory } from '../../git/operations/operation.history.js';
import { OperationLog } from '../../git/operations/operation.log.js';
import { UNINTERRUPTED } from '../../git/writes/uninterrupted.js';
import { type JsonValue } from '../../shared/json.js';
import { classify } from '../../resilience/classify.js';
import { ServerError } from '../../shared/errors/index.js';
import { ExpectedState } from '../changes/expected-state.service.js';
import { Restorations } from '../changes/restorations.service.js';
import { type RepositoryContext, type ToolAnswer } from '../tool.js';
import { type Member } from './batch-members.service.js';

type Answer = ToolAnswer<object>;

/** Carries out the operations of a batch: all of them, or none. */
@Injectable()
export class BatchRunner {
  constructor(
    private readonly expected: ExpectedState,
    private readonly log: OperationLog,
    private readonly history: OperationHistory,
    private readonly restorations: Restorations,
  ) {}

  /** One after the other. @throws ServerError of the one that fails, with `details.index` and `details.tool` */
  async inTurn(
    members: readonly Member[],
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<readonly Answer[]> {
    const agreed: Agreement[] = [];
    for (const member of members) agreed.push(await agreementOf(member, context, signal));
    const answers: Answer[] = [];
    for (const [index, member] of members.entries()) {
      const { tool, input } = member;
      try {
        signal.throwIfAborted();
        // What was agreed to was looked at before the operations that come before it.
        if (agreed[index] !== (await agreementOf(member, context, signal))) throw notAgreed();
        await this.expected.require(context.repository, input, signal);
        answers.push(await tool.run(input, context, signal));
      } catch (error) {
        throw failedAt(classify(error), index, tool.spec.name);
      }
    }
    return answers;
  }

  /**
   * With one entry in the operation log. Where an operation fails, those before it are taken back, with an entry for that.
   *
   * @param answerOf the answer of the whole, which is kept for a repetition with the same key
   * @throws ServerError as `inTurn`, with `details.rolled_back`
   */
  async allOrNothing<T extends Answer>(
    members: readonly Member[],
    context: RepositoryContext,
    answerOf: (answers: readonly Answer[]) => T,
    signal: AbortSignal,
  ): Promise<T> {
    const { repository, operation } = context;
    if (operation === undefined) throw new Error('A batch is noted in the log, so it needs its call');
    const work = async () => answerOf(await this.inTurn(members, context, signal));
    try {
      const { result, id } = await this.log.record(repository, operation, work, (answer) => answer, signal);
      if (id === undefined) return result;
      return { ...result, structured: { ...result.structured, operation_id: id } };
    } catch (error) {
      throw await this.rolledBack(error, context);
    }
  }

  private async rolledBack(error: unknown, context: RepositoryContext): Promise<unknown> {
    if (!(error instanceof ServerError) || Array.isArray(error.details)) return error;
    const { operation_id: id } = { ...error.details } as { operation_id?: string };
    if (id === undefined) return withDetails(error, { rolled_back: true });
    const { key: _ofTheBatch, ...operation } = { ...context.operation };
    try {
      const restoration = await this.history.undoing(context.repository, id, UNINTERRUPTED);
      const call = { ...context, operation } as RepositoryContext;
      await this.restorations.apply('Rolled back', restoration, { undoes: id }, call, UNINTERRUPTED);
      return withDetails(error, { rolled_back: true });
    } catch (cause) {
      const why = cause instanceof ServerError ? { rollback_error: cause.message } : {};
      return withDetails(error, { rolled_back: false, ...why });
    }
  }
}

/** What has been agreed to of an operation, as a text to compare; empty for one that needs no yes. */
type Agreement = string;

async function agreementOf(
  { tool, input }: Member,
  context: RepositoryContext,
  signal: AbortSignal,
): Promise<Agreement> {
  const question = await tool.confirmation?.(input, context.repository, signal);
  const plan = tool.needsPlan?.(input) === true ? await tool.preview?.(input, context, signal) : undefined;
  if (question === undefined && plan === undefined) return '';
  return JSON.stringify([question?.message, plan?.effects]);
}

function notAgreed(): ServerError {
  const message =
    'After the operations before it, this one would do something that nobody agreed to; call it by itself';
  return new ServerError('operation_failed', message, { details: { reason: 'plan_changed' } });
}

/** Which of the operations it was, whatever failed. */
function failedAt(error: ServerError, index: number, tool: string): ServerError {
  if (Array.isArray(error.details)) {
    return new ServerError(error.code, error.message, { cause: error, details: { index, tool } });
  }
  return withDetails(error, { index, tool });
}

function withDetails(error: ServerError, more: Readonly<Record<string, JsonValue>>): ServerError {
  const { code, message, details, retryAfterMs } = error;
  return new ServerError(code, message, {
    cause: error,
    details: { ...details, ...more },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
