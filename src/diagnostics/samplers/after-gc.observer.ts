import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { type TimedValue } from '../leak/theil-sen.js';

/** What Node adds to the entries of its collector. */
type GcEntry = PerformanceEntry & { readonly detail?: { readonly kind?: number } };

/** Enough for a trend; the oldest go. */
const KEPT = 512;
/** Collections in quick succession say the same. */
const APART_MS = 1_000;

/**
 * The heap as the last major collections left it: what is really in use. Nothing is collected by force; what lives
 * between two collections is no leak.
 */
@Injectable()
export class AfterGcObserver implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly points: TimedValue[] = [];
  private readonly observer: PerformanceObserver;
  private count = 0;

  constructor(
    @Inject(CLOCK) readonly clock: Clock,
    metrics: MetricsRegistry,
  ) {
    const help = 'Heap in use right after the last major collection; 0 before the first one';
    metrics.gauge('mcp_git_heap_after_gc_bytes', help, () => this.points.at(-1)?.value ?? 0);
    this.observer = new PerformanceObserver((list) => {
      const kinds = list.getEntries().map((entry) => (entry as GcEntry).detail?.kind);
      if (kinds.includes(constants.NODE_PERFORMANCE_GC_MAJOR)) this.note(process.memoryUsage().heapUsed);
    });
  }

  onApplicationBootstrap(): void {
    this.observer.observe({ entryTypes: ['gc'] });
  }

  onApplicationShutdown(): void {
    this.observer.disconnect();
  }

  get majorCollections(): number {
    return this.count;
  }

  /** Bytes of heap after major collections by monotonic milliseconds, oldest first. */
  all(): readonly TimedValue[] {
    return this.points;
  }

  /** @param bytes heap in use right after a major collection */
  note(bytes: number): void {
    this.count += 1;
    const atMs = this.clock.monotonicMs();
    const last = this.points.at(-1);
    // Counted from the first of them, so that collections that never pause still make points.
    if (last && atMs - last.atMs < APART_MS)
      this.points.splice(-1, 1, { atMs: last.atMs, value: Math.min(last.value, bytes) });
    else this.points.push({ atMs, value: bytes });
    if (this.points.length > KEPT) this.points.shift();
  }
}
