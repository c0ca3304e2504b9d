import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';

import { DiagnosticsConfig } from '../../config/sections/index.js';
import { ScheduledJobs } from '../../observability/scheduled-jobs.service.js';
import { CLOCK, type Clock } from '../../shared/clock.js';

/** Bytes. */
export interface MemorySample {
  /** ISO 8601. */
  readonly at: string;
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly rss: number;
}

/** A day at the default interval. */
const KEPT = 288;

@Injectable()
export class MemorySampler implements OnApplicationBootstrap {
  private readonly samples: MemorySample[] = [];

  constructor(
    private readonly config: DiagnosticsConfig,
    private readonly jobs: ScheduledJobs,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.sample();
    this.jobs.every('diagnostics.memory', this.config.memoryInterval, () => void this.sample());
  }

  /** Oldest first. */
  all(): readonly MemorySample[] {
    return this.samples;
  }

  now(): MemorySample {
    const { heapUsed, heapTotal, external, arrayBuffers, rss } = process.memoryUsage();
    const at = new Date(this.clock.nowMs()).toISOString();
    return { at, heapUsed, heapTotal, external, arrayBuffers, rss };
  }

  sample(): MemorySample {
    const sample = this.now();
    this.samples.push(sample);
    if (this.samples.length > KEPT) this.samples.shift();
    return sample;
  }
}

/** Bytes that this process may use: what its container allows it, or the machine has. */
export function memoryLimit(): number {
  // Without a limit Node answers with a number beyond every machine.
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** Bytes above which V8 ends the process. */
export function heapLimit(): number {
  return getHeapStatistics().heap_size_limit;
}
