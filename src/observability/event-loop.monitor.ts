import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { MetricsRegistry } from './metrics.registry.js';
import { ScheduledJobs } from './scheduled-jobs.service.js';

const RESOLUTION_MS = 10;
const WINDOW_MS = 10_000;
const NS_PER_MS = 1e6;

/** How late the event loop runs what is due: the first thing that suffers when something blocks the process. */
@Injectable()
export class EventLoopMonitor implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private lastWindowMs = 0;

  constructor(
    private readonly jobs: ScheduledJobs,
    metrics: MetricsRegistry,
  ) {
    const help = 'Event-loop delay, 99th percentile of the last 10 seconds';
    metrics.gauge('mcp_git_event_loop_delay_p99_seconds', help, () => this.p99Ms / 1_000);
  }

  /** The 99th percentile of the delay, in milliseconds: of the last whole window or of the present one, if worse. */
  get p99Ms(): number {
    return Math.max(this.lastWindowMs, this.currentMs());
  }

  onApplicationBootstrap(): void {
    this.histogram.enable();
    this.jobs.every('observability.event-loop', WINDOW_MS, () => this.turnWindow());
  }

  onApplicationShutdown(): void {
    this.histogram.disable();
  }

  private turnWindow(): void {
    this.lastWindowMs = this.currentMs();
    this.histogram.reset();
  }

  // A sample is the time between two ticks of the sampler, which is its resolution when nothing is late.
  private currentMs(): number {
    if (this.histogram.count === 0) return 0;
    return Math.max(0, this.histogram.percentile(99) / NS_PER_MS - RESOLUTION_MS);
  }
}
