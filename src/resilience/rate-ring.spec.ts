import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { RateRing } from './rate-ring.js';

describe('RateRing', () => {
  it('forgets what is older than its span', () => {
    const ring = new RateRing(1_000, 60);
    ring.add(0);
    ring.add(30_000);

    expect(ring.sum(59_000, 60_000)).toBe(2);
    expect(ring.sum(60_000, 60_000)).toBe(1);
    expect(ring.sum(10_000_000, 60_000)).toBe(0);
  });

  it('agrees with a list of all times to the accuracy of one bucket', () => {
    const gaps = fc.array(fc.nat(5_000), { maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 20 }), (steps, buckets) => {
        const ring = new RateRing(1_000, buckets);
        const times: number[] = [];
        let now = 0;
        for (const step of steps) {
          now += step;
          ring.add(now);
          times.push(now);
          const window = buckets * 1_000;
          const exact = (span: number) => times.filter((time) => time > now - span).length;
          const sum = ring.sum(now, window);
          expect(sum).toBeLessThanOrEqual(exact(window));
          expect(sum).toBeGreaterThanOrEqual(exact(window - 1_000));
        }
      }),
    );
  });
});
