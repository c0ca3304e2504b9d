/** What the policies need to know of an operation; nothing of git or sockets. */
export interface Operation {
  /** Names the circuit breaker and the metrics label: `git.read`, `git.write`, `git.network`. Bounded. */
  readonly kind: string;
  /** Waiting operations take turns by owner: a session's id. */
  readonly owner: string;
  /** Only idempotent operations are retried. */
  readonly idempotent: boolean;
  readonly timeoutMs: number;
}
