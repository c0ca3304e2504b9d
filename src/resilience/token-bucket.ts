import { type RateLimitConfig } from '../config/sections/index.js';
import { type Clock } from '../shared/clock.js';

/** How many frames one session may send. One per session, so it holds two numbers and no timer. */
export class TokenBucket {
  private tokens: number;
  private refilledAt: number;

  constructor(
    private readonly config: RateLimitConfig,
    private readonly clock: Clock,
  ) {
    this.tokens = config.burst;
    this.refilledAt = clock.monotonicMs();
  }

  /** @returns 0 if the frame may pass, else the milliseconds (1 and up) after which the next one may */
  take(): number {
    const { enabled, burst, framesPerSecond } = this.config;
    if (!enabled) return 0;
    const now = this.clock.monotonicMs();
    this.tokens = Math.min(burst, this.tokens + ((now - this.refilledAt) * framesPerSecond) / 1_000);
    this.refilledAt = now;
    if (this.tokens >= 1) {
      this.tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - this.tokens) * 1_000) / framesPerSecond);
  }
}
