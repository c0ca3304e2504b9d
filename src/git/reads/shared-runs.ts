import { Cancellation } from '../../shared/cancellation.js';

type Work<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Lets calls that ask the same at the same time share one run. One runs and one waits: who comes while one runs joins
 * the one that waits, and is never answered by a run that began before it asked, so that everybody sees what was
 * there when they asked, or newer.
 */
export class SharedRuns {
  /** By key, what is running; its value is what waits behind it. */
  private readonly lanes = new Map<string, Round | undefined>();

  /**
   * @param key all that the answer depends on
   * @param work run for the first who waits, with a signal that is aborted when nobody waits any more. Its answer goes to
   *   several callers, so nobody may change it
   * @throws what the work throws; the reason of `signal`, at once where others go on waiting for the work
   */
  async run<T>(key: string, work: Work<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.lanes.has(key)) return this.waitingRound(key, work).join(signal) as Promise<T>;
    const round = new Round(work);
    this.begin(key, round);
    return round.join(signal) as Promise<T>;
  }

  private waitingRound(key: string, work: Work<unknown>): Round {
    const waiting = this.lanes.get(key);
    if (waiting !== undefined && !waiting.abandoned) return waiting;
    const round = new Round(work);
    this.lanes.set(key, round);
    return round;
  }

  private begin(key: string, round: Round): void {
    this.lanes.set(key, undefined);
    void round.run().finally(() => {
      const next = this.lanes.get(key);
      if (next === undefined || next.abandoned) this.lanes.delete(key);
      else this.begin(key, next);
    });
  }
}

/** One run, and those who wait for it. */
class Round {
  private readonly controller = new Cancellation();
  private readonly answer: Promise<unknown>;
  private start: () => void;
  private started = false;
  private members = 0;

  constructor(work: Work<unknown>) {
    const { signal } = this.controller;
    // Taken up here, the work runs as part of the call of who asked first, whoever lets it begin.
    this.answer = new Promise<void>((resolve) => (this.start = resolve)).then(() => work(signal));
    this.answer.catch(() => undefined);
  }

  /** Nobody waits for it any more. */
  get abandoned(): boolean {
    return this.controller.signal.aborted;
  }

  /** @returns settled when the run is over, however it ended */
  run(): Promise<unknown> {
    this.started = true;
    this.start();
    return this.answer.catch(() => undefined);
  }

  join(signal: AbortSignal): Promise<unknown> {
    this.members += 1;
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.members -= 1;
        if (this.members === 0) this.controller.abort(signal.reason);
        // Who was the last learns how the run really ended: something may have to be ended first.
        if (this.members > 0 || !this.started) reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.answer.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject);
    });
  }
}
