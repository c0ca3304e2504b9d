import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { TokenBucket } from './token-bucket.js';

const limits = { enabled: true, framesPerSecond: 10, burst: 3 };

function drain(bucket: TokenBucket): number {
  let taken = 0;
  while (taken < 1_000 && bucket.take() === 0) taken += 1;
  return taken;
}

describe('TokenBucket', () => {
  it('lets a burst pass and then says when to come back', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(limits, clock);

    expect(drain(bucket)).toBe(3);
    expect(bucket.take()).toBe(100);

    clock.advance(100);
    expect(drain(bucket)).toBe(1);
  });

  it('saves up no more than a burst', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(limits, clock);

    clock.advance(3_600_000);

    expect(drain(bucket)).toBe(3);
  });

  it('limits nothing when it is switched off', () => {
    const bucket = new TokenBucket({ ...limits, enabled: false }, new ManualClock());

    expect(drain(bucket)).toBe(1_000);
  });

  it('does not care about the system clock', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(limits, clock);
    drain(bucket);

    clock.setWall(9e15);

    expect(bucket.take()).toBe(100);
  });

  it('never lets more pass than burst + rate x time, and never refuses after the wait it asked for', () => {
    const steps = fc.array(fc.record({ wait: fc.nat(500), frames: fc.nat(20) }), { maxLength: 50 });
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 50 }),
        (story, framesPerSecond, burst) => {
          const clock = new ManualClock();
          const bucket = new TokenBucket({ enabled: true, framesPerSecond, burst }, clock);
          let passed = 0;
          for (const { wait, frames } of story) {
            clock.advance(wait);
            for (let frame = 0; frame < frames; frame += 1) if (bucket.take() === 0) passed += 1;
            expect(passed).toBeLessThanOrEqual(
              burst + (framesPerSecond * clock.monotonicMs()) / 1_000 + 1e-6,
            );
          }
          while (bucket.take() === 0);
          clock.advance(bucket.take());
          expect(bucket.take()).toBe(0);
        },
      ),
    );
  });
});
