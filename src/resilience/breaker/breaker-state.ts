/** What a circuit is doing. `since` is monotonic, in milliseconds. */
export type BreakerState =
  | { readonly status: 'closed' }
  | { readonly status: 'open'; readonly since: number; readonly openedAt: number; readonly isolated: boolean }
  | { readonly status: 'half-open'; readonly openedAt: number; readonly trials: number };

export type BreakerStatus = BreakerState['status'];

export interface BreakerTransition {
  readonly circuit: string;
  readonly from: BreakerStatus;
  readonly to: BreakerStatus;
  readonly reason:
    'failures' | 'recovery-timeout' | 'trial-succeeded' | 'trial-failed' | 'reset' | 'isolated';
}

export interface BreakerStats {
  readonly name: string;
  readonly state: BreakerStatus;
  /** Opened by hand: stays so until it is reset by hand. */
  readonly isolated: boolean;
  /** Failures in a row. */
  readonly failureCount: number;
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  /** Ended for reasons that say nothing of the server's health: cancelled, or the caller's mistake. */
  readonly ignored: number;
  /** Turned away without being tried. */
  readonly rejected: number;
  /** 0..1, of the calls that succeeded or failed. */
  readonly failureRate: number;
  /** Milliseconds since 1970 UTC. */
  readonly lastFailureAt?: number;
  readonly openedAt?: number;
  /** How long it has not been closed for, failed trials included. */
  readonly notClosedForMs?: number;
  /** When an open circuit lets a trial through, in milliseconds from now. */
  readonly nextAttemptInMs?: number;
  readonly failureThreshold: number;
  readonly recoveryTimeoutMs: number;
  readonly halfOpenMaxCalls: number;
}
