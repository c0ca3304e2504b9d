import { type Abortable } from '../shared/abortable.js';
import { Cancellation } from '../shared/cancellation.js';
import { ServerError } from '../shared/errors/index.js';

/** setTimeout takes 32 bits; a longer wait would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * One signal out of two: the caller gives up, or time does. Its reason is a ServerError: the caller's own, or
 * `operation_cancelled` or `operation_timeout`. Dispose it, or its timer and its listener outlive the operation.
 */
export class Deadline implements Abortable {
  private readonly controller = new Cancellation();
  private readonly timer: NodeJS.Timeout;
  private readonly cancel = () => {
    const reason: unknown = this.caller.reason;
    // A caller that says why (a server that stops, an outer deadline) knows better than we do.
    const known = reason instanceof ServerError;
    this.controller.abort(
      known ? reason : new ServerError('operation_cancelled', 'The operation was cancelled'),
    );
  };

  /** @param spentMs how much of it has passed already */
  constructor(
    timeoutMs: number,
    private readonly caller: AbortSignal,
    spentMs = 0,
  ) {
    const leftMs = Math.max(1, timeoutMs - spentMs);
    this.timer = setTimeout(() => this.expire(timeoutMs), Math.min(leftMs, LONGEST_TIMER_MS));
    if (caller.aborted) this.cancel();
    else caller.addEventListener('abort', this.cancel, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get reason(): ServerError {
    return this.signal.reason as ServerError;
  }

  /** Ends it now, for a reason of the server's own. */
  abort(reason: ServerError): void {
    this.controller.abort(reason);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.caller.removeEventListener('abort', this.cancel);
  }

  private expire(timeoutMs: number): void {
    const message = 'The operation did not finish in time';
    this.controller.abort(
      new ServerError('operation_timeout', message, { details: { timeout_ms: timeoutMs } }),
    );
  }
}
