import { performance } from 'node:perf_hooks';

/** The only source of time. Durations and deadlines use `monotonicMs`, which no clock change moves. */
export interface Clock {
  /** Milliseconds since 1970 UTC; may jump. For showing and storing only. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMs(): number;
}

export const CLOCK = Symbol('Clock');

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
