import { type Repository } from '../git/repository.js';
import { ServerError } from '../shared/errors/index.js';

/** What the user is asked before a call that is hard to undo. */
export interface Question {
  /** One or two sentences for a person: what would happen, and to what. Never longer than 1,000 characters. */
  readonly message: string;
}

/** Everything but a clear yes is `declined`. */
export type Verdict = 'accepted' | 'declined';

/**
 * Asks the user behind a client. A door offers it only where its client can be asked.
 *
 * @returns the answer to exactly this question; one given to another question does not count
 * @throws ConfirmationPending where the answer can only come with a repetition of the call
 */
export type Ask = (question: Question) => Promise<Verdict>;

/** What a tool adds whose calls may need a yes. */
export interface Confirmable<I extends object> {
  /**
   * @param repository found and let through; neither lock nor place in the queue is held
   * @returns nothing where the call may go on unasked
   */
  confirmation?(input: I, repository: Repository, signal: AbortSignal): Promise<Question | undefined>;
}

/**
 * The question has to travel to the client as the answer of this call, which then is repeated with the user's
 * verdict. Thrown by an `Ask`, let through by `ToolCaller` unchanged. Where nobody catches it, it is a refusal.
 */
export class ConfirmationPending extends ServerError {
  constructor(readonly question: Question) {
    super('forbidden', 'The call waits for the answer of the user', {
      details: { reason: 'confirmation_required', confirm: true },
    });
  }
}
