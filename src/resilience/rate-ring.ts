/** Counts events by time in a fixed ring of buckets: the same memory for ten events and for ten million. */
export class RateRing {
  private readonly counts: Uint32Array;
  /** Number of the newest bucket since the clock began. */
  private newest = 0;

  constructor(
    private readonly bucketMs: number,
    buckets: number,
  ) {
    this.counts = new Uint32Array(buckets);
  }

  get spanMs(): number {
    return this.bucketMs * this.counts.length;
  }

  /** @param nowMs monotonic milliseconds */
  add(nowMs: number): void {
    this.advance(nowMs);
    const index = this.newest % this.counts.length;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
  }

  /** Events of the last `windowMs` (at most `spanMs`), to the accuracy of one bucket. */
  sum(nowMs: number, windowMs: number): number {
    this.advance(nowMs);
    const length = this.counts.length;
    const buckets = Math.min(length, Math.max(1, Math.ceil(windowMs / this.bucketMs)));
    let sum = 0;
    for (let back = 0; back < buckets; back += 1)
      sum += this.counts[(this.newest - back + length) % length] ?? 0;
    return sum;
  }

  private advance(nowMs: number): void {
    const bucket = Math.floor(nowMs / this.bucketMs);
    const length = this.counts.length;
    const passed = Math.min(bucket - this.newest, length);
    for (let step = 0; step < passed; step += 1) this.counts[(bucket - step) % length] = 0;
    this.newest = Math.max(this.newest, bucket);
  }
}
