import { type Clock } from '../shared/clock.js';
import { RateRing } from './rate-ring.js';

const BUCKETS = 60;

/** How often each of a bounded set of things happened lately. */
export class RecentCounts<K> {
  private readonly rings = new Map<K, RateRing>();

  constructor(
    readonly windowMs: number,
    private readonly clock: Clock,
  ) {}

  add(key: K): void {
    const ring = this.rings.get(key) ?? new RateRing(this.windowMs / BUCKETS, BUCKETS);
    this.rings.set(key, ring);
    ring.add(this.clock.monotonicMs());
  }

  of(key: K): number {
    return this.rings.get(key)?.sum(this.clock.monotonicMs(), this.windowMs) ?? 0;
  }

  /** What happened at all in the window. */
  all(): ReadonlyMap<K, number> {
    const counts = [...this.rings.keys()].map((key) => [key, this.of(key)] as const);
    return new Map(counts.filter(([, count]) => count > 0));
  }
}
