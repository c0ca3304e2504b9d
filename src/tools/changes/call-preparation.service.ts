import { Injectable } from '@nestjs/common';

import { RestorationRunner } from '../../git/operations/restoration.runner.js';
import { ServerError } from '../../shared/errors/index.js';
import { ConfirmationStep } from '../confirmation.step.js';
import { type RepositoryInput } from '../fields/repository.input.js';
import {
  isPlannable,
  type FreeTool,
  type RepositoryAccess,
  type RepositoryCallContext,
  type RepositoryContext,
  type RepositoryTool,
  type ToolAnswer,
  type ToolContext,
} from '../tool.js';
import { ChangeRecorder } from './change.recorder.js';
import { dryRunAnswer } from './dry-run.js';
import { ExpectedState, type Expectation } from './expected-state.service.js';
import { MadeRepositories } from './made-repositories.service.js';
import { planToken } from './plan-token.js';

type Answer = ToolAnswer<object>;
type Input = RepositoryInput &
  Expectation & { readonly dry_run?: boolean; readonly idempotency_key?: string };

/** A call that only waits for its repository and its turn. */
export interface PreparedCall {
  /** `read` runs beside everything; with `write` the writer lock is held while it is performed. */
  readonly access: RepositoryAccess;
  readonly perform: (context: RepositoryContext, signal: AbortSignal) => Promise<Answer>;
}

export interface FreeCall {
  readonly tool: FreeTool;
  readonly perform: (context: ToolContext, signal: AbortSignal) => Promise<Answer>;
}

/** Turns a call into what is done once its repository is found: a dry run, or the run with all that is checked before it. */
@Injectable()
export class CallPreparation {
  constructor(
    private readonly confirmations: ConfirmationStep,
    private readonly expected: ExpectedState,
    private readonly recorder: ChangeRecorder,
    private readonly restorations: RestorationRunner,
    private readonly made: MadeRepositories,
  ) {}

  /** @throws ServerError as `ConfirmationStep.settle` */
  async prepare(
    tool: RepositoryTool,
    input: Input,
    context: RepositoryCallContext,
    signal: AbortSignal,
  ): Promise<PreparedCall> {
    if (input.dry_run === true) {
      return { access: 'read', perform: (found, aborted) => this.dryRun(tool, input, found, aborted) };
    }
    const guard = await this.confirmations.settle(tool, input, context, signal);
    const access = tool.demands?.(input).access ?? tool.spec.access;
    // A push reads the repository and changes another one: that is noted too.
    const isChange = access === 'write' || (tool.spec.network && isPlannable(tool));
    if (!isChange) {
      return { access, perform: (found, aborted) => tool.run(input, found, aborted) };
    }
    return {
      // Calls with the same key wait for each other at the lock.
      access: input.idempotency_key === undefined ? access : 'write',
      perform: async (found, aborted) => {
        const finished = access === 'write' ? await this.restorations.settle(found.repository) : undefined;
        const check = async () => {
          await this.expected.require(found.repository, input, aborted);
          await guard?.(found, aborted);
        };
        const here = finished === undefined ? found : { ...found, finished };
        return this.recorder.run(tool, input, here, check, aborted);
      },
    };
  }

  /** As `prepare`, for tools that work on no existing repository. */
  prepareFree(tool: FreeTool, input: object): FreeCall {
    if (!('dry_run' in input) || input.dry_run !== true) {
      const perform: FreeCall['perform'] = (context, signal) =>
        isKeyed(input) ? this.made.once(tool, input, context, signal) : tool.run(input, context, signal);
      return { tool, perform };
    }
    const perform = async (context: ToolContext, signal: AbortSignal): Promise<Answer> => {
      if (tool.preview === undefined) throw noPlan();
      const plan = await tool.preview(input, context, signal);
      return dryRunAnswer(plan, planToken(tool.spec.name, input, '', plan));
    };
    return { tool, perform };
  }

  private async dryRun(
    tool: RepositoryTool,
    input: Input,
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Answer> {
    if (tool.preview === undefined) throw noPlan();
    await this.expected.require(context.repository, input, signal);
    const plan = await tool.preview(input, context, signal);
    return dryRunAnswer(plan, planToken(tool.spec.name, input, context.repository.path, plan));
  }
}

function isKeyed(input: object): input is { repo_path: string; idempotency_key: string } {
  return 'repo_path' in input && 'idempotency_key' in input && typeof input.idempotency_key === 'string';
}

function noPlan(): ServerError {
  const message = 'The tool cannot say beforehand what it would do; call it without dry_run';
  return new ServerError('operation_failed', message, { details: { reason: 'no-dry-run' } });
}
