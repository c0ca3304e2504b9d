import { type Turn } from './turn.js';

/** What an operation finds whose call has waited for its place. Times are monotonic milliseconds. */
export interface HeldPlace {
  readonly since: number;
  readonly waitedMs: number;
  /** @returns frees the place; nothing where it is taken or given back already */
  take(): (() => void) | undefined;
}

/** What the policies need to know of an operation; nothing of git or sockets. */
export interface Operation extends Turn {
  /**
   * Names the circuit breaker and the metrics label: `git.read`, `git.write`, `git.network`. Bounded, but for
   * `remote:<host>`: each host has its own breaker, and all of them the label `remote`.
   */
  readonly kind: string;
  /** What is run, and for which request of its owner: shown to operators. */
  readonly name?: string;
  readonly requestId?: string;
  /** Only idempotent operations are retried. */
  readonly idempotent: boolean;
  readonly timeoutMs: number;
  /** A deadline that the caller chose proves nothing about the server: missing it never opens a circuit. */
  readonly timeoutSetByCaller?: boolean;
  /** What it leans on has circuits of its own (each remote host): only what is wrong here counts against its kind. */
  readonly hasOwnCircuits?: boolean;
  /** Where its call has waited at the door: the place that it has, and since when its time runs. */
  readonly queued?: HeldPlace;
}
