import { type Clock } from '../../src/shared/clock.js';

/** Time that passes only when a test says so. The wall clock and the monotonic one can be moved apart. */
export class ManualClock implements Clock {
  private monotonic = 0;
  private wall = 1_700_000_000_000;

  nowMs(): number {
    return this.wall;
  }

  monotonicMs(): number {
    return this.monotonic;
  }

  advance(ms: number): void {
    this.monotonic += ms;
    this.wall += ms;
  }

  /** Somebody sets the system's clock. */
  setWall(ms: number): void {
    this.wall = ms;
  }
}
