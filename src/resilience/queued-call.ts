import { type Abortable } from '../shared/abortable.js';
import { type Clock } from '../shared/clock.js';
import { ServerError } from '../shared/errors/index.js';
import { type Waiter } from './bulkhead.js';
import { LONGEST_TIMER_MS } from './deadline.js';
import { type HeldPlace, type Operation } from './operation.js';

/** Told once how the wait of a call has ended. */
export interface QueuedCallListener {
  /** It has a place. Whoever serves it says so with `claim`, and closes it at the end. */
  admitted(call: QueuedCall): void;
  /** It gets none: `temporary_resource_unavailable`, `operation_timeout`, or why somebody ended it. */
  ended(error: ServerError, call: QueuedCall): void;
  /** Nothing more comes of it; told before `ended`. */
  closed?(call: QueuedCall): void;
}

/** The line in which it stands. */
export interface Line {
  readonly clock: Clock;
  leave(call: QueuedCall): void;
  /** The wait is over. @param error where it was in vain */
  waited(call: QueuedCall, error?: ServerError): void;
  /** Nothing more comes of the call. */
  closed(call: QueuedCall): void;
}

/**
 * A call that waits for its place as it came, before anything was made of it: what a thousand of them keep alive for
 * seconds is what the collector of garbage has to go through, again and again.
 */
export class QueuedCall implements Abortable, HeldPlace, Waiter {
  readonly since: number;
  waitedMs = 0;
  /** What its line does when its wait, and when all of it, is over. */
  ends: { readonly over: () => void; readonly leave: () => void } | undefined = undefined;
  /** Why somebody has ended it. */
  reason: ServerError | undefined;
  private state: 'waiting' | 'admitted' | 'closed' = 'waiting';
  private isClaimed = false;
  private place: (() => void) | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    readonly operation: Operation,
    private readonly line: Line,
    private readonly listener: QueuedCallListener,
  ) {
    this.since = line.clock.monotonicMs();
    this.timer = setTimeout(expire, Math.min(operation.timeoutMs, LONGEST_TIMER_MS), this);
  }

  admit(release: () => void): void {
    this.state = 'admitted';
    this.place = release;
    this.endWait();
    this.listener.admitted(this);
  }

  refuse(error: ServerError): void {
    this.state = 'closed';
    this.endWait(error);
    this.over();
    this.listener.ended(error, this);
  }

  /** Whoever serves the call finds `reason`, where it comes too late for the wait. */
  abort(reason: ServerError): void {
    this.reason ??= reason;
    if (this.state !== 'waiting') return;
    this.line.leave(this);
    this.refuse(reason);
  }

  /** @returns whether nobody else serves it */
  claim(): boolean {
    if (this.isClaimed || this.state !== 'admitted') return false;
    return (this.isClaimed = true);
  }

  /** @returns gives its place back; nothing from the second time on */
  take(): (() => void) | undefined {
    const { place } = this;
    this.place = undefined;
    return place;
  }

  /** Gives back what it has not used. */
  close(): void {
    if (this.state !== 'admitted') return;
    this.state = 'closed';
    this.over();
    this.take()?.();
  }

  /** Closes it where nobody serves it. */
  closeUnclaimed(): void {
    if (!this.isClaimed) this.close();
  }

  private over(): void {
    this.line.closed(this);
    this.listener.closed?.(this);
  }

  private endWait(error?: ServerError): void {
    clearTimeout(this.timer);
    this.waitedMs = this.line.clock.monotonicMs() - this.since;
    this.line.waited(this, error);
  }
}

function expire(call: QueuedCall): void {
  const details = { timeout_ms: call.operation.timeoutMs };
  call.abort(new ServerError('operation_timeout', 'The operation did not finish in time', { details }));
}
