import { Inject, Injectable } from '@nestjs/common';

import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../git/repository-locks.port.js';
import { ServerError } from '../shared/errors/index.js';
import { type Plan } from './changes/plan.js';
import { planToken } from './changes/plan-token.js';
import { type Question, type Verdict } from './confirmation.js';
import { type RepositoryInput } from './fields/repository.input.js';
import { planQuestion } from './question.js';
import {
  type RepositoryCallContext,
  type RepositoryContext,
  type RepositoryTool,
  type ToolContext,
} from './tool.js';

/** Looks once more, when nobody else can change the repository, whether what was settled still is the question. */
export type Guard = (context: RepositoryContext, signal: AbortSignal) => Promise<void>;

type Input = RepositoryInput & { readonly confirm?: boolean; readonly plan_token?: string };

/** Settles with the user what a call would do, before it waits for a lock or a place in the queue. */
@Injectable()
export class ConfirmationStep {
  constructor(@Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator) {}

  /**
   * A call of `needsPlan` is agreed to as a plan: the user is shown it, or the caller gives back the token of its dry
   * run. Any other `confirmation` of a tool is a question of its own.
   *
   * @returns nothing for calls that need no agreement
   * @throws ServerError `operation_cancelled` with `details.reason: 'declined'`; `forbidden` with
   *   `details: {reason: 'confirmation_required', confirm: true}` where nobody can be asked and the input does not
   *   carry `confirm: true`, and `plan_token` where a plan is needed; what `context.ask` throws, unchanged
   */
  async settle(
    tool: RepositoryTool,
    input: Input,
    context: RepositoryCallContext,
    signal: AbortSignal,
  ): Promise<Guard | undefined> {
    const isPlanned = tool.needsPlan?.(input) === true;
    if (tool.confirmation === undefined && !isPlanned && input.plan_token === undefined) return undefined;
    const repository = await this.locator.locate(input.repo_path, signal);
    const found = { ...context, repository };
    const question = await tool.confirmation?.(input, repository, signal);
    const token = isPlanned
      ? await agreedPlan(tool, input, found, question, signal)
      : await decide(question, input, context, signal);
    return async (again, aborted) => {
      const asked = await tool.confirmation?.(input, again.repository, aborted);
      if (asked !== undefined && asked.message !== question?.message) throw changed();
      if (token === undefined) return;
      const plan = await planOf(tool, input, again, aborted);
      if (planToken(tool.spec.name, input, again.repository.path, plan) !== token) throw planChanged();
    };
  }
}

/** @returns the token of the plan that was agreed to */
async function agreedPlan(
  tool: RepositoryTool,
  input: Input,
  context: RepositoryContext,
  question: Question | undefined,
  signal: AbortSignal,
): Promise<string> {
  if (context.ask === undefined) {
    if (input.confirm === true && input.plan_token !== undefined) return input.plan_token;
    const message =
      'The call may lose something for good: call it with dry_run, show the plan to the user, and after a yes repeat it with confirm: true and the plan_token of the dry run';
    throw required(message, { plan_token: true, ...(question && { question: question.message }) });
  }
  const plan = await planOf(tool, input, context, signal);
  await ask(question ?? planQuestion(plan, context.repository), context.ask, signal);
  return planToken(tool.spec.name, input, context.repository.path, plan);
}

function planOf(
  tool: RepositoryTool,
  input: Input,
  context: RepositoryContext,
  signal: AbortSignal,
): Promise<Plan> {
  if (tool.preview === undefined) throw new Error(`${tool.spec.name} needs a plan and has no preview`);
  return tool.preview(input, context, signal);
}

/**
 * `confirm: true` of a model is no word of the user: where the user can be asked, the user is.
 *
 * @returns the token of a plan that the caller has seen, if it gave one
 */
async function decide(
  question: Question | undefined,
  { confirm, plan_token }: Input,
  context: ToolContext,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (question === undefined) return plan_token;
  if (context.ask !== undefined) await ask(question, context.ask, signal);
  else if (confirm !== true) {
    const message =
      'The call needs a yes of the user, who cannot be asked from here: ask the question in details, and if the answer is yes repeat the call with confirm: true';
    throw required(message, { question: question.message });
  }
  return plan_token;
}

async function ask(
  question: Question,
  user: NonNullable<ToolContext['ask']>,
  signal: AbortSignal,
): Promise<void> {
  if ((await unlessAborted(user(question), signal)) === 'accepted') return;
  throw new ServerError(
    'operation_cancelled',
    'The user declined, so nothing was done; repeat the call only if the user asks for it',
    { details: { reason: 'declined' } },
  );
}

function changed(): ServerError {
  return required('The current branch changed while the call waited, so nothing was done; repeat the call');
}

function planChanged(): ServerError {
  const message =
    'The call would do something else than the plan that was agreed to, so nothing was done; make a new dry run';
  return new ServerError('operation_failed', message, { details: { reason: 'plan_changed' } });
}

function required(message: string, more: Readonly<Record<string, string | true>> = {}): ServerError {
  return new ServerError('forbidden', message, {
    details: { reason: 'confirmation_required', confirm: true, ...more },
  });
}

/** A user may take any time to answer; the caller need not wait for it. */
function unlessAborted(verdict: Promise<Verdict>, signal: AbortSignal): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    verdict.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
