/** Four buckets to a doubling: a quantile is right within a fifth of itself. From 0.01 ms to beyond an hour. */
const PER_DOUBLING = 4;
const FIRST_MS = 0.01;
const BUCKETS = 120;

export interface LatencyQuantiles {
  readonly count: number;
  /** Milliseconds, the upper bound of the bucket; null where nothing was measured. */
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
}

/** Durations in a fixed array: recording one allocates nothing, so that a ping may be measured. */
export class LatencyHistogram {
  private readonly buckets = new Float64Array(BUCKETS);
  private total = 0;

  record(ms: number): void {
    const index = ms <= FIRST_MS ? 0 : Math.ceil(Math.log2(ms / FIRST_MS) * PER_DOUBLING);
    const bucket = Math.min(BUCKETS - 1, index);
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
    this.total += 1;
  }

  quantiles(): LatencyQuantiles {
    return {
      count: this.total,
      p50_ms: this.quantile(0.5),
      p95_ms: this.quantile(0.95),
      p99_ms: this.quantile(0.99),
    };
  }

  private quantile(share: number): number | null {
    if (this.total === 0) return null;
    let seen = 0;
    for (const [index, count] of this.buckets.entries()) {
      seen += count;
      if (seen >= share * this.total) return boundOf(index);
    }
    return boundOf(BUCKETS - 1);
  }
}

function boundOf(index: number): number {
  return Math.round(FIRST_MS * 2 ** (index / PER_DOUBLING) * 100) / 100;
}
