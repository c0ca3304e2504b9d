import { type ResilienceConfig } from '../config/sections/index.js';
import { type Clock } from '../shared/clock.js';
import { ServerError } from '../shared/errors/index.js';
import { type Turn } from './turn.js';
import { TurnQueue } from './turn-queue.js';

/** Told once what became of its turn. */
export interface Waiter {
  /** @param release frees the place; calling it twice does nothing */
  admit(release: () => void): void;
  refuse(error: ServerError): void;
}

const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 30_000;
/** Refusals come in thousands: those that say the same are one object, since making an error costs more than sending it. */
const RETRY_STEP_MS = 50;
/** Weight of the newest duration in the moving average that estimates waits. */
const SMOOTHING = 0.2;
const INITIAL_DURATION_MS = 500;
/** Of the queue, kept at the door for those who wait for no more than their share. */
const KEPT_SHARE = 0.5;

/**
 * Lets a limited number of operations run and a limited number wait, fairly between principals and between the owners of
 * each. A full queue makes room for who waits for less at the cost of who waits for the most.
 */
export class Bulkhead {
  private readonly queue = new TurnQueue<Waiter>();
  private occupied = 0;
  private averageMs = INITIAL_DURATION_MS;
  /** By the time to wait, which comes in so few steps that all of them may be kept. */
  private readonly refusals = new Map<number, ServerError>();

  constructor(
    private readonly config: Pick<ResilienceConfig, 'maxConcurrentOperations' | 'maxQueuedOperations'>,
    private readonly clock: Clock,
  ) {}

  get running(): number {
    return this.occupied;
  }

  get queued(): number {
    return this.queue.size;
  }

  /**
   * Waits for a place.
   *
   * @param signal aborting it leaves the queue at once; the promise rejects with the signal's reason
   * @returns frees the place; calling it twice does nothing
   * @throws ServerError `temporary_resource_unavailable` with `retryAfterMs`: too many wait already
   */
  async acquire(turn: Turn, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (!this.hasPlace) return this.wait(turn, signal);
    this.occupied += 1;
    return this.occupiedFrom(this.clock.monotonicMs());
  }

  /** Gives places to who waits while others, who were on their way to them, have not come. */
  fill(): void {
    while (this.hasPlace && this.queue.size > 0) {
      this.occupied += 1;
      this.passOn();
    }
  }

  /** Whether one more would have to wait for a place. @param arriving how many others are on their way here already */
  isBusy(arriving: number): boolean {
    return this.queue.size > 0 || this.occupied + arriving >= this.config.maxConcurrentOperations;
  }

  /** Puts somebody into the queue. @throws ServerError as `acquire`, where nobody has to make room for it */
  enqueue(turn: Turn, waiter: Waiter): void {
    this.makeRoomFor(turn);
    this.queue.push(turn, waiter);
  }

  leave(turn: Turn, waiter: Waiter): void {
    this.queue.remove(turn, waiter);
  }

  /**
   * Finds out what `acquire` would throw for want of a place, without asking for one. The last places are kept for
   * those who wait for no more than their share. Somebody let in beyond it would wait for longer than a full queue takes,
   * since all others have their turns in between, or be dropped for one of them, and all that was done for it be lost.
   *
   * @param arriving how many are on their way here already
   */
  refusalFor(turn: Turn, arriving: number): ServerError | undefined {
    const { maxConcurrentOperations, maxQueuedOperations } = this.config;
    const places = maxConcurrentOperations + maxQueuedOperations;
    const free = places - this.occupied - this.queue.size - arriving;
    if (free > Math.floor(maxQueuedOperations * KEPT_SHARE)) return undefined;
    const more = arriving + 1;
    const isAdmitted =
      free > 0
        ? this.queue.isWithinShare(turn, more, maxQueuedOperations)
        : this.queue.hasRoomFor(turn, more);
    return isAdmitted ? undefined : this.full();
  }

  private get hasPlace(): boolean {
    return this.occupied < this.config.maxConcurrentOperations;
  }

  private wait(turn: Turn, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.leave(turn, waiter);
        reject(signal.reason as Error);
      };
      const settle =
        <A extends unknown[]>(how: (...args: A) => void) =>
        (...args: A) => {
          signal.removeEventListener('abort', leave);
          how(...args);
        };
      const waiter: Waiter = { admit: settle(resolve), refuse: settle(reject) };
      this.enqueue(turn, waiter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  private makeRoomFor(turn: Turn): void {
    if (this.queue.size < this.config.maxQueuedOperations) return;
    const dropped = this.queue.makeRoomFor(turn);
    if (!dropped) throw this.full();
    dropped.refuse(this.full());
  }

  private occupiedFrom(startedAt: number): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.averageMs += SMOOTHING * (this.clock.monotonicMs() - startedAt - this.averageMs);
      this.passOn();
    };
  }

  // The place goes straight to the next in turn, so that a newcomer cannot slip in between.
  private passOn(): void {
    const next = this.queue.shift();
    if (next) next.admit(this.occupiedFrom(this.clock.monotonicMs()));
    else this.occupied -= 1;
  }

  private full(): ServerError {
    const rounds = (this.queue.size + 1) / this.config.maxConcurrentOperations;
    const waitMs = Math.min(MAX_RETRY_MS, Math.max(MIN_RETRY_MS, rounds * this.averageMs));
    const retryAfterMs = Math.ceil(waitMs / RETRY_STEP_MS) * RETRY_STEP_MS;
    const known = this.refusals.get(retryAfterMs) ?? refusal(retryAfterMs);
    this.refusals.set(retryAfterMs, known);
    return known;
  }
}

function refusal(retryAfterMs: number): ServerError {
  const message = 'Too many operations are waiting; send the request again later';
  const details = { reason: 'queue-full' };
  return new ServerError('temporary_resource_unavailable', message, { retryAfterMs, details });
}
