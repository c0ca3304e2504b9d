import { type Clock } from '../../src/shared/clock.js';

/** Time that stands still until a test moves it. */
export class ManualClock implements Clock {
  private passedMs = 0;
  private setOffMs = 0;

  nowMs(): number {
    return Date.UTC(2024, 0, 1) + this.passedMs + this.setOffMs;
  }

  monotonicMs(): number {
    return this.passedMs;
  }

  advance(ms: number): void {
    this.passedMs += ms;
  }

  /** Somebody sets the system's clock, forward or back; the monotonic one does not notice. */
  setWall(ms: number): void {
    this.setOffMs += ms - this.nowMs();
  }
}

/** Time as vitest's fake timers move it. */
export const timerClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => Date.now() };
