import { type RetryConfig } from '../config/sections/index.js';
import { type ErrorCode, type ServerError } from '../shared/errors/index.js';

/** Recoverable for the caller, later; trying again at once would only add to what is wrong. */
const LEFT_TO_THE_CALLER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'circuit_open',
  'rate_limit_exceeded',
  'server_draining',
  'transient_validation_error',
  'session_limit_reached',
]);

/** Retries that a server may make before it has done any work, and at most saves up. */
const RESERVE = 10;

/**
 * When a failed attempt is made again, and after how long. A budget shared by all operations keeps retries from
 * multiplying the load on something that is down: each first attempt earns `retry.budget` of a retry.
 */
export class RetryPolicy {
  private balance = RESERVE;

  constructor(
    private readonly config: RetryConfig,
    private readonly random: () => number = Math.random,
  ) {}

  /** Call once for each operation, when its first attempt begins. */
  earn(): void {
    this.balance = Math.min(RESERVE, this.balance + this.config.budget);
  }

  /**
   * Takes a retry from the budget.
   *
   * @param attempts how many have been made, 1 and up
   * @returns milliseconds to wait before the next, or undefined: give up
   */
  next(error: ServerError, attempts: number): number | undefined {
    if (!error.recoverable || LEFT_TO_THE_CALLER.has(error.code)) return undefined;
    if (attempts >= this.config.maxAttempts || this.balance < 1) return undefined;
    const askedFor = error.retryAfterMs ?? 0;
    if (askedFor > this.config.maxDelay) return undefined;
    this.balance -= 1;
    return Math.max(askedFor, this.backoff(attempts));
  }

  // Full jitter: whoever failed together does not come back together.
  // https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
  private backoff(attempts: number): number {
    const bound = Math.min(this.config.maxDelay, this.config.baseDelay * 2 ** (attempts - 1));
    return Math.round(this.random() * bound);
  }
}
