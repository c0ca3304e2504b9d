import { Inject, Injectable } from '@nestjs/common';

import { ResilienceConfig } from '../config/sections/index.js';
import { Lifecycle } from '../observability/lifecycle.service.js';
import { notePart } from '../observability/operation-trace.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { ServerError } from '../shared/errors/index.js';
import { BreakerRegistry, circuitLabel } from './breaker/breaker.registry.js';
import { type CallOutcome } from './breaker/circuit-breaker.js';
import { Bulkhead } from './bulkhead.js';
import { classify } from './classify.js';
import { Deadline } from './deadline.js';
import { DoorQueue } from './door-queue.js';
import { IdleGate } from './idle-gate.js';
import { isInfrastructureFailure } from './infrastructure-failures.js';
import { type Operation } from './operation.js';
import { OperationMetrics } from './operation.metrics.js';
import { type OperationCounts, OperationTally } from './operation.tally.js';
import { type QueuedCall, type QueuedCallListener } from './queued-call.js';
import { RetryPolicy } from './retry.policy.js';
import { settleOrAbandon } from './settle.js';
import { type Turn } from './turn.js';
import { RunningOperations } from './running-operations.js';
import { wait } from './wait.js';

export interface ExecutorStats extends OperationCounts {
  readonly queued: number;
  readonly byKind: Readonly<Record<string, OperationCounts>>;
}

type Work<T> = (signal: AbortSignal) => Promise<T>;
type Outcome<T> = { readonly value: T } | { readonly error: ServerError };
type Report = (outcome: CallOutcome) => void;

/** A running attempt: how it ended is reported when the caller is answered, its place freed when it has settled. */
interface Place {
  readonly report: Report;
  readonly release: () => void;
}

const DRAIN_RETRY_MS = 1_000;

/**
 * The one way to run something that costs. Each operation has a deadline that covers its waiting; each attempt
 * passes the circuit of its kind and takes a place among those that run; between attempts no place is held.
 */
@Injectable()
export class OperationExecutor {
  private readonly bulkhead: Bulkhead;
  private readonly doors: DoorQueue;
  private readonly retry: RetryPolicy;
  private readonly tally = new OperationTally();
  private readonly gate = new IdleGate();
  /** Let through by `refusalFor`, and not in the queue yet. */
  private arriving = 0;
  /** What runs, waits or is about to be retried; each can be ended from here. */
  readonly underway: RunningOperations;

  constructor(
    config: ResilienceConfig,
    private readonly breakers: BreakerRegistry,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: OperationMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.bulkhead = new Bulkhead(config, clock);
    this.underway = new RunningOperations(clock);
    this.retry = new RetryPolicy(config.retry);
    const { bulkhead, underway, gate } = this;
    const rejected = (kind: string, error: ServerError) => this.rejected(kind, error);
    this.doors = new DoorQueue({ bulkhead, breakers, underway, gate, clock, rejected });
    metrics.observe(
      () => this.bulkhead.running,
      () => this.bulkhead.queued,
    );
  }

  /**
   * Runs a piece of work under the policies.
   *
   * @param work called again for each retry. Its signal is aborted at the deadline and when the caller gives up;
   *   it promises to settle soon after that. If it settles within SETTLE_GRACE_MS, the caller hears how it really
   *   ended; if not, the caller is answered then, while the work keeps its place until it settles: what still
   *   uses the machine is counted.
   * @param signal the caller's; aborting it ends the operation, waiting or running
   * @throws ServerError `operation_timeout`, `operation_cancelled`; `circuit_open`,
   *   `temporary_resource_unavailable` (too many wait) and `server_draining`, each with `retryAfterMs`; what the
   *   work throws, classified
   */
  async run<T>(operation: Operation, work: Work<T>, signal: AbortSignal): Promise<T> {
    const { queued, timeoutMs } = operation;
    if (queued === undefined) this.assertAdmits();
    const leave = this.gate.enter();
    const spentMs = queued === undefined ? 0 : this.clock.monotonicMs() - queued.since;
    const deadline = new Deadline(timeoutMs, signal, spentMs);
    const over = this.underway.begin(operation, deadline);
    try {
      return await this.attemptUntilSettled(operation, work, deadline);
    } catch (thrown) {
      throw classify(thrown);
    } finally {
      over();
      deadline.dispose();
      leave();
    }
  }

  /**
   * For what has to wait for something else before it can run.
   *
   * @throws ServerError `server_draining`, so that nothing new keeps a server that is about to stop
   */
  assertAdmits(): void {
    if (!this.lifecycle.draining) return;
    this.metrics.rejected('server_draining');
    throw new ServerError(
      'server_draining',
      'The server is about to stop; connect again and send the request again',
      {
        retryAfterMs: DRAIN_RETRY_MS,
      },
    );
  }

  /**
   * Tells a door what an operation would be answered for want of a place, so that nothing else need be done for it: in
   * an overload, what refusals cost is taken from what is served. Whoever is let through counts as on its way until it
   * asks for its place or the promises of this turn have settled, since many come in one read of a socket.
   *
   * @param kind as `Operation.kind`
   * @returns `temporary_resource_unavailable` with `retryAfterMs`, counted as rejected; nothing where there is room
   */
  refusalFor(turn: Turn, kind: string): ServerError | undefined {
    const refusal = this.bulkhead.refusalFor(turn, this.arriving);
    if (refusal === undefined) this.expect();
    else this.rejected(kind, refusal);
    return refusal;
  }

  /** Whether an operation would have to wait for its place. */
  get isBusy(): boolean {
    return this.bulkhead.isBusy(Math.max(0, this.arriving - 1));
  }

  /**
   * Lets a call wait at its door, for which `refusalFor` has found room: in the turns of all who wait, for as long as
   * its deadline allows. Its operation runs with it as `queued`, in the place that it gets.
   *
   * @returns nothing where it need not wait, or where waiting would be in vain: then it is to be served at once
   */
  queue(operation: Operation, listener: QueuedCallListener): QueuedCall | undefined {
    if (this.lifecycle.draining) return undefined;
    const queued = this.doors.wait(operation, Math.max(0, this.arriving - 1), listener);
    if (queued !== undefined) this.arrived();
    return queued;
  }

  /** Resolves when nothing runs, waits or is about to be retried; rejects with the signal's reason. */
  whenIdle(signal: AbortSignal): Promise<void> {
    return this.gate.whenIdle(signal);
  }

  stats(): ExecutorStats {
    const { running, queued } = this.bulkhead;
    return { ...this.tally.total(), running, queued, byKind: this.tally.byKind() };
  }

  private async attemptUntilSettled<T>(operation: Operation, work: Work<T>, deadline: Deadline): Promise<T> {
    this.retry.earn();
    for (let attempts = 1; ; attempts += 1) {
      const outcome = await this.attempt(operation, work, deadline);
      if ('value' in outcome) return outcome.value;
      const delayMs = operation.idempotent ? this.retry.next(outcome.error, attempts) : undefined;
      if (deadline.signal.aborted || delayMs === undefined) throw outcome.error;
      this.metrics.retried(circuitLabel(operation.kind));
      await wait(delayMs, deadline.signal);
    }
  }

  // What turns an attempt away before it ran is thrown, and so never retried; how it ran is returned.
  private async attempt<T>(operation: Operation, work: Work<T>, deadline: Deadline): Promise<Outcome<T>> {
    const place = await this.enter(operation, deadline).catch((thrown: unknown) => {
      const error = classify(thrown);
      this.rejected(operation.kind, error);
      throw error;
    });
    const working = Promise.resolve(deadline.signal).then(work);
    void working.finally(place.release).catch(() => undefined);
    try {
      const value = await settleOrAbandon(working, deadline.signal);
      place.report('succeeded');
      return { value };
    } catch (thrown) {
      const error = explain(classify(thrown), deadline);
      place.report(isInfrastructureFailure(error, operation) ? 'failed' : 'ignored');
      return { error };
    }
  }

  private async enter(operation: Operation, { signal }: Deadline): Promise<Place> {
    const { kind } = operation;
    const breaker = this.breakers.get(kind);
    breaker.assertAdmits();
    const since = this.clock.monotonicMs();
    const place = operation.queued?.take();
    if (place === undefined) this.arrived();
    const release = place ?? (await this.bulkhead.acquire(operation, signal));
    try {
      signal.throwIfAborted();
      const waitedMs =
        place === undefined ? this.clock.monotonicMs() - since : (operation.queued?.waitedMs ?? 0);
      this.metrics.waitedFor(circuitLabel(kind), waitedMs);
      notePart('queue', waitedMs);
      return this.occupy(circuitLabel(kind), breaker.enter(), release);
    } catch (error) {
      release();
      throw error;
    }
  }

  private arrived(): void {
    if (this.arriving > 0) this.arriving -= 1;
  }

  private expect(): void {
    this.arriving += 1;
    if (this.arriving > 1) return;
    // A tick asked for by a microtask comes when all other microtasks are done.
    queueMicrotask(() => process.nextTick(() => this.allArrived()));
  }

  private allArrived(): void {
    this.arriving = 0;
    this.bulkhead.fill();
  }

  private rejected(kind: string, { code }: ServerError): void {
    this.tally.rejected(circuitLabel(kind));
    this.metrics.rejected(code);
  }

  private occupy(label: string, report: Report, release: () => void): Place {
    const leave = this.gate.enter();
    const ended = this.tally.started(label);
    return {
      report: (outcome) => {
        report(outcome);
        ended(outcome === 'succeeded');
      },
      release: () => {
        release();
        leave();
      },
    };
  }
}

/**
 * An aborted work often fails with a consequence of the abort (a broken pipe, a dead worker): then the abort is
 * the reason. A fact that it found out all the same, as a conflict, stands.
 */
function explain(error: ServerError, deadline: Deadline): ServerError {
  if (!deadline.signal.aborted) return error;
  const consequence = error.recoverable || CONSEQUENCES.has(error.code);
  return consequence ? deadline.reason : error;
}

const CONSEQUENCES: ReadonlySet<string> = new Set([
  'operation_cancelled',
  'operation_timeout',
  'internal_error',
]);
