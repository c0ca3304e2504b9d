import { availableParallelism, loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';

import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';

import { DiagnosticsConfig } from '../../config/sections/index.js';
import { ScheduledJobs } from '../../observability/scheduled-jobs.service.js';
import { CLOCK, type Clock } from '../../shared/clock.js';

export interface CpuSample {
  /** Of one core, 0 and up: several threads may use more than one. */
  readonly usage: number;
  /** How much of its time the event loop was at work, 0..1. */
  readonly loopUtilization: number;
  /** Of the whole machine, over the last minute. */
  readonly load: number;
  readonly cores: number;
}

/** Processor time between two looks at it. A look of somebody else's shortens no window: each has its own. */
@Injectable()
export class CpuSampler implements OnApplicationBootstrap {
  private last: CpuSample | undefined;
  private usedBefore = process.cpuUsage();
  private loopBefore = performance.eventLoopUtilization();
  private since: number;

  constructor(
    private readonly config: DiagnosticsConfig,
    private readonly jobs: ScheduledJobs,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.since = clock.monotonicMs();
  }

  onApplicationBootstrap(): void {
    this.jobs.every('diagnostics.cpu', this.config.cpuInterval, () => void this.sample());
  }

  /** Of the last whole window; before the first has ended, of what there is of it. */
  latest(): CpuSample {
    return this.last ?? this.measure();
  }

  sample(): CpuSample {
    this.last = this.measure();
    this.usedBefore = process.cpuUsage();
    this.loopBefore = performance.eventLoopUtilization();
    this.since = this.clock.monotonicMs();
    return this.last;
  }

  private measure(): CpuSample {
    const elapsedMs = Math.max(1, this.clock.monotonicMs() - this.since);
    const { user, system } = process.cpuUsage(this.usedBefore);
    return {
      usage: (user + system) / 1_000 / elapsedMs,
      loopUtilization: performance.eventLoopUtilization(this.loopBefore).utilization,
      load: loadavg()[0] ?? 0,
      cores: availableParallelism(),
    };
  }
}
