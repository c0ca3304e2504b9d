import { Inject, Injectable } from '@nestjs/common';

import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../git/repository-locks.port.js';
import { type Repository } from '../git/repository.js';
import { ServerError } from '../shared/errors/index.js';
import { type Question, type Verdict } from './confirmation.js';
import { type RepositoryInput } from './fields/repository.input.js';
import { type RepositoryTool, type ToolContext } from './tool.js';

/** Looks once more, when nobody else can change the repository, whether what was settled still is the question. */
export type Guard = (repository: Repository, signal: AbortSignal) => Promise<void>;

/** Settles with the user what a call would do, before it waits for a lock or a place in the queue. */
@Injectable()
export class ConfirmationStep {
  constructor(@Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator) {}

  /**
   * @returns nothing for tools that never ask
   * @throws ServerError `operation_cancelled` with `details.reason: 'declined'`; `forbidden` with
   *   `details: {reason: 'confirmation_required', confirm: true}` where nobody can be asked and the input does not
   *   carry `confirm: true`; what `context.ask` throws, unchanged
   */
  async settle(
    tool: RepositoryTool,
    input: RepositoryInput,
    context: ToolContext,
    signal: AbortSignal,
  ): Promise<Guard | undefined> {
    if (tool.confirmation === undefined) return undefined;
    const repository = await this.locator.locate(input.repo_path, signal);
    const question = await tool.confirmation(input, repository, signal);
    if (question !== undefined) await decide(question, input, context, signal);
    return async (found, aborted) => {
      const asked = await tool.confirmation?.(input, found, aborted);
      if (asked !== undefined && asked.message !== question?.message) throw changed();
    };
  }
}

// `confirm: true` of a model is no word of the user: where the user can be asked, the user is.
async function decide(
  question: Question,
  input: RepositoryInput & { readonly confirm?: boolean },
  { ask }: ToolContext,
  signal: AbortSignal,
): Promise<void> {
  if (ask === undefined) {
    if (input.confirm === true) return;
    const message =
      'The call needs a yes of the user, who cannot be asked from here: ask the question in details, and if the answer is yes repeat the call with confirm: true';
    throw required(message, question);
  }
  if ((await unlessAborted(ask(question), signal)) === 'accepted') return;
  throw new ServerError(
    'operation_cancelled',
    'The user declined, so nothing was done; repeat the call only if the user asks for it',
    { details: { reason: 'declined' } },
  );
}

function changed(): ServerError {
  return required('The current branch changed while the call waited, so nothing was done; repeat the call');
}

function required(message: string, question?: Question): ServerError {
  const asked = question && { question: question.message };
  return new ServerError('forbidden', message, {
    details: { reason: 'confirmation_required', confirm: true, ...asked },
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
