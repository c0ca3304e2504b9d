import { type BreakerConfig } from '../../config/sections/index.js';
import { type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import {
  type BreakerState,
  type BreakerStats,
  type BreakerStatus,
  type BreakerTransition,
} from './breaker-state.js';

export type CallOutcome = 'succeeded' | 'failed' | 'ignored';

const CLOSED: BreakerState = { status: 'closed' };

/** A guess of how long a trial runs: when to ask again while all places for trials are taken. */
const TRIAL_MS = 1_000;

/**
 * Turns calls away while what they need is known to fail. On a monotonic clock, so that setting the system's
 * clock neither opens nor holds a circuit.
 */
export class CircuitBreaker {
  private state: BreakerState = CLOSED;
  // Counts the changes of state. What ends in another era than it began in only enters the statistics: a slow
  // failure from before the circuit opened says nothing about the trial that runs now.
  private era = 0;
  private config: Readonly<BreakerConfig>;
  private readonly counts = { succeeded: 0, failed: 0, ignored: 0, rejected: 0 };
  private failuresInRow = 0;
  private lastFailureAt: number | undefined;
  private leftClosedAt: number | undefined;

  constructor(
    readonly name: string,
    config: BreakerConfig,
    private readonly clock: Clock,
    private readonly onTransition: (transition: BreakerTransition) => void,
  ) {
    this.config = { ...config };
  }

  get status(): BreakerStatus {
    return this.refreshed().status;
  }

  /** Open by an operator's hand, until an operator's reset. */
  get isolated(): boolean {
    return this.state.status === 'open' && this.state.isolated;
  }

  /**
   * Asks to make a call.
   *
   * @returns reports how the call ended; must be called once, later calls do nothing
   * @throws ServerError `circuit_open` with `retryAfterMs`
   */
  enter(): (outcome: CallOutcome) => void {
    const state = this.refreshed();
    if (this.refuses(state)) throw this.rejection(state);
    if (state.status === 'half-open') this.state = { ...state, trials: state.trials + 1 };
    return this.reporter(this.era);
  }

  /** The same for who would not call yet. Counts nothing. */
  get admits(): boolean {
    return !this.refuses(this.refreshed());
  }

  /** Whether a call would be turned away right now. Lets a queue be skipped; counts as a rejection if so. */
  assertAdmits(): void {
    const state = this.refreshed();
    if (this.refuses(state)) throw this.rejection(state);
  }

  /** Closes the circuit and forgets its failures in a row; the totals stay. */
  reset(): void {
    this.change(CLOSED, 'reset');
  }

  /** Opens the circuit until it is reset. */
  isolate(): void {
    this.change(this.opened(true), 'isolated');
  }

  /** @param changes milliseconds and counts, 1 and up; they hold from the next call on */
  configure(changes: Partial<BreakerConfig>): void {
    const invalid = Object.entries(changes).filter(([, value]) => !Number.isSafeInteger(value) || value < 1);
    if (invalid.length > 0) {
      const details = invalid.map(([path]) => ({
        path,
        constraint: 'isPositive',
        message: 'a whole number, 1 or more',
      }));
      throw new ServerError('validation_failed', 'The parameters of the circuit are out of range', {
        details,
      });
    }
    this.config = { ...this.config, ...changes };
  }

  /** As it is in force: the configuration, or what an operator made of it. */
  stats(): BreakerStats {
    const state = this.refreshed();
    const { succeeded, failed, ignored, rejected } = this.counts;
    return {
      name: this.name,
      state: state.status,
      isolated: this.isolated,
      failureCount: this.failuresInRow,
      total: succeeded + failed + ignored + rejected,
      successful: succeeded,
      failed,
      ignored,
      rejected,
      failureRate: failed === 0 ? 0 : failed / (succeeded + failed),
      ...(this.lastFailureAt !== undefined && { lastFailureAt: this.lastFailureAt }),
      ...(state.status !== 'closed' && { openedAt: state.openedAt }),
      ...(this.leftClosedAt !== undefined && {
        notClosedForMs: this.clock.monotonicMs() - this.leftClosedAt,
      }),
      ...(state.status === 'open' && !state.isolated && { nextAttemptInMs: this.untilTrial(state.since) }),
      failureThreshold: this.config.failureThreshold,
      recoveryTimeoutMs: this.config.recoveryTimeout,
      halfOpenMaxCalls: this.config.halfOpenMaxCalls,
    };
  }

  // Time alone moves an open circuit on; asking for its state is enough to see it.
  private refreshed(): BreakerState {
    const { state } = this;
    if (state.status === 'open' && !state.isolated && this.untilTrial(state.since) === 0) {
      this.change({ status: 'half-open', openedAt: state.openedAt, trials: 0 }, 'recovery-timeout');
    }
    return this.state;
  }

  private refuses(state: BreakerState): boolean {
    if (state.status === 'half-open') return state.trials >= this.config.halfOpenMaxCalls;
    return state.status === 'open';
  }

  private reporter(era: number): (outcome: CallOutcome) => void {
    let reported = false;
    return (outcome) => {
      if (reported) return;
      reported = true;
      this.counts[outcome] += 1;
      if (outcome === 'failed') this.lastFailureAt = this.clock.nowMs();
      if (era === this.era) this.learn(outcome);
    };
  }

  private learn(outcome: CallOutcome): void {
    if (outcome === 'ignored') this.endTrial();
    else if (outcome === 'succeeded') this.learnSuccess();
    else this.learnFailure();
  }

  private endTrial(): void {
    if (this.state.status === 'half-open') this.state = { ...this.state, trials: this.state.trials - 1 };
  }

  private learnSuccess(): void {
    this.failuresInRow = 0;
    if (this.state.status === 'half-open') this.change(CLOSED, 'trial-succeeded');
  }

  private learnFailure(): void {
    this.failuresInRow += 1;
    if (this.state.status === 'half-open') this.change(this.opened(false), 'trial-failed');
    else if (this.failuresInRow >= this.config.failureThreshold) this.change(this.opened(false), 'failures');
  }

  private opened(isolated: boolean): BreakerState {
    return { status: 'open', since: this.clock.monotonicMs(), openedAt: this.clock.nowMs(), isolated };
  }

  private change(to: BreakerState, reason: BreakerTransition['reason']): void {
    const from = this.state.status;
    this.state = to;
    this.era += 1;
    if (to.status === 'closed') this.failuresInRow = 0;
    this.leftClosedAt = to.status === 'closed' ? undefined : (this.leftClosedAt ?? this.clock.monotonicMs());
    if (from !== to.status || reason === 'isolated')
      this.onTransition({ circuit: this.name, from, to: to.status, reason });
  }

  private untilTrial(since: number): number {
    return Math.max(0, Math.ceil(since + this.config.recoveryTimeout - this.clock.monotonicMs()));
  }

  private rejection(state: BreakerState): ServerError {
    this.counts.rejected += 1;
    const { isolated } = this;
    const message = isolated
      ? 'An operator has switched this kind of operation off'
      : 'This kind of operation failed repeatedly and is paused; try again later';
    return new ServerError('circuit_open', message, {
      retryAfterMs: this.retryAfter(state),
      details: { circuit: this.name },
    });
  }

  private retryAfter(state: BreakerState): number {
    if (this.isolated) return this.config.recoveryTimeout;
    if (state.status === 'open') return this.untilTrial(state.since);
    return Math.min(TRIAL_MS, this.config.recoveryTimeout);
  }
}
