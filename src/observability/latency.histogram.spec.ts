import { array, assert, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LatencyHistogram } from './latency.histogram.js';

describe('Latency histogram', () => {
  it('has no quantiles before the first measurement', () => {
    expect(new LatencyHistogram().quantiles()).toEqual({
      count: 0,
      p50_ms: null,
      p95_ms: null,
      p99_ms: null,
    });
  });

  it('is right within a fifth, whatever was measured', () => {
    const durations = array(double({ min: 0.02, max: 3_600_000, noNaN: true }), { minLength: 1 });
    assert(
      property(durations, (measured) => {
        const histogram = new LatencyHistogram();
        for (const ms of measured) histogram.record(ms);
        const exact = measured.toSorted((a, b) => a - b)[Math.ceil(measured.length / 2) - 1] ?? 0;
        const { p50_ms: found } = histogram.quantiles();

        expect(found).toBeGreaterThanOrEqual(exact * 0.99 - 0.01);
        expect(found).toBeLessThanOrEqual(exact * 1.2 + 0.01);
      }),
    );
  });

  it.each([0, -1, 1e12])('takes %d without leaving its range', (ms) => {
    const histogram = new LatencyHistogram();
    histogram.record(ms);

    expect(histogram.quantiles().count).toBe(1);
  });
});
