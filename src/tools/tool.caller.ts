import { Injectable } from '@nestjs/common';

import { type FieldIssue, ServerError } from '../shared/errors/index.js';
import { joined } from '../shared/joined.js';
import { Notes } from '../shared/notes.js';
import { ownTurnFor } from '../shared/own-turn.js';
import { type AnswerForm } from './answers/answer-form.js';
import { AnswerFitter } from './answers/answer.fitter.js';
import { CallIntake, underArguments } from './call.intake.js';
import { CallPreparation } from './changes/call-preparation.service.js';
import { type RepositoryInput } from './fields/repository.input.js';
import { shownAnswer, shownError } from './shown-answer.js';
import {
  answersFromMemory,
  type FreeTool,
  type RedirectingTool,
  redirects,
  type RepositoryTool,
  type ToolAnswer,
  type ToolContext,
  worksOnRepository,
} from './tool.js';
import { assertScopes } from './tool.gate.js';
import { ToolMetrics } from './tool.metrics.js';
import { ToolRunner } from './tool.runner.js';

export interface CallOptions {
  /** The caller's deadline in milliseconds; at most the configured one counts. */
  readonly timeoutMs?: number;
}

export interface CallOutcome {
  readonly answer: ToolAnswer<object>;
  /** What lenient validation let pass; paths start with `arguments`. */
  readonly warnings: readonly FieldIssue[];
  /** The text is what a repository says: a door shows it marked as that (`markedAsData`). */
  readonly isData: boolean;
}

interface FinishedAnswer extends AnswerForm {
  readonly answer: ToolAnswer<object>;
}

/** The one way to call a tool, the same behind every door. */
@Injectable()
export class ToolCaller {
  /** A tool may give the very same answer again. */
  private readonly finished = new Notes<ToolAnswer<object>, FinishedAnswer>('finished');

  constructor(
    private readonly intake: CallIntake,
    private readonly calls: CallPreparation,
    private readonly runner: ToolRunner,
    private readonly metrics: ToolMetrics,
    private readonly answers: AnswerFitter,
  ) {}

  /**
   * @param args the arguments as they came, `undefined` for none
   * @throws ServerError `unknown_tool`, `forbidden` (details name the scope, or say that the session does not have the
   *   tool, or that the user must be asked), `validation_failed` (details are the issues, paths start with
   *   `arguments`), `operation_cancelled` (also where the user declined), what the policies of operations throw, what
   *   the tool throws
   * @throws ConfirmationPending as `context.ask` does
   */
  async call(
    name: string,
    args: unknown,
    context: ToolContext,
    signal: AbortSignal,
    options: CallOptions = {},
  ): Promise<CallOutcome> {
    const { tool, input, warnings } = this.intake.check(name, args, context);
    if (redirects(tool)) return this.redirected(tool, input, context, signal, options);
    if (answersFromMemory(tool))
      return { answer: await tool.answer(input, context), warnings, isData: false };
    const answering = worksOnRepository(tool)
      ? this.onRepository(tool, input as RepositoryInput, context, signal, options)
      : this.free(tool, input, context, signal, options);
    const answer = await answering.catch((thrown: unknown) => {
      throw shownError(thrown);
    });
    const isData = worksOnRepository(tool) && this.answers.isData(tool, input as RepositoryInput);
    return { answer, warnings, isData };
  }

  private async redirected(
    tool: RedirectingTool,
    input: object,
    context: ToolContext,
    signal: AbortSignal,
    options: CallOptions,
  ): Promise<CallOutcome> {
    const call = tool.redirect(input);
    const { answer, warnings, isData } = await this.call(
      call.name,
      call.args,
      context,
      signal,
      options,
    ).catch((thrown: unknown) => {
      throw argumentsWithin(thrown);
    });
    return { answer: tool.wrap(call, answer), warnings: warnings.map(underArguments), isData };
  }

  private async free(
    tool: FreeTool,
    input: object,
    context: ToolContext,
    signal: AbortSignal,
    { timeoutMs }: CallOptions,
  ): Promise<ToolAnswer<object>> {
    const answer = await this.metrics.measure(tool.spec.name, () =>
      this.runner.runFree(this.calls.prepareFree(tool, input), context, signal, timeoutMs),
    );
    return shownAnswer(answer);
  }

  // The user is asked before the clock of the metrics and the deadline of the operation start.
  private async onRepository(
    tool: RepositoryTool,
    input: RepositoryInput,
    context: ToolContext,
    signal: AbortSignal,
    { timeoutMs }: CallOptions,
  ): Promise<ToolAnswer<object>> {
    assertScopes(tool.demands?.(input).scopes ?? [], context.principal);
    const form = this.answers.formOf(input);
    const formed = joined(context, { form });
    const prepared = await this.calls.prepare(tool, input, formed, signal);
    const call = { tool, path: input.repo_path, ...prepared };
    const answer = await this.metrics.measure(
      tool.spec.name,
      () => this.runner.runOnRepository(call, formed, signal, timeoutMs),
      context.waited?.queued.since,
    );
    await ownTurnFor(answer.text);
    const finished = this.finish(answer, form);
    // The door encodes it.
    await ownTurnFor(finished.text);
    return finished;
  }

  private finish(answer: ToolAnswer<object>, form: AnswerForm): ToolAnswer<object> {
    const known = this.finished.get(answer);
    if (known?.maxBytes === form.maxBytes && known.format === form.format) return known.answer;
    const finished = shownAnswer(this.answers.fit(answer, form));
    this.finished.set(answer, joined(form, { answer: finished }));
    return finished;
  }
}

/** What is wrong with the arguments of a call within a call, seen from the outer one. */
function argumentsWithin(thrown: unknown): unknown {
  if (!(thrown instanceof ServerError) || thrown.code !== 'validation_failed') return thrown;
  if (!Array.isArray(thrown.details)) return thrown;
  const details = (thrown.details as readonly FieldIssue[]).map(underArguments);
  return new ServerError(thrown.code, thrown.message, { details, cause: thrown });
}
