import { Inject, Injectable, Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';

import { CLOCK, type Clock } from '../shared/clock.js';

export interface JobRecord {
  readonly name: string;
  readonly periodMs: number;
  readonly running: boolean;
  /** Milliseconds since 1970 UTC, as `lastSuccessAt`. */
  readonly scheduledAt: number;
  readonly lastSuccessAt?: number;
  readonly lastError?: string;
  readonly consecutiveFailures: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Runs the modules' periodic work. A run that is still busy when its next turn comes is not doubled, and each
 * outcome is remembered, so that a job that always fails shows in /health.
 */
@Injectable()
export class ScheduledJobs {
  private readonly logger = new Logger(ScheduledJobs.name);
  private readonly records = new Map<string, Mutable<JobRecord>>();

  constructor(
    private readonly registry: SchedulerRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Call from `onApplicationBootstrap`. The scheduler's registry ends the timer at shutdown. */
  every(name: string, periodMs: number, run: () => void | Promise<void>): void {
    const record: Mutable<JobRecord> = {
      name,
      periodMs,
      running: false,
      scheduledAt: this.clock.nowMs(),
      consecutiveFailures: 0,
    };
    this.records.set(name, record);
    this.registry.addInterval(
      name,
      setInterval(() => void this.runOnce(record, run), periodMs),
    );
  }

  all(): readonly JobRecord[] {
    return [...this.records.values()];
  }

  private async runOnce(record: Mutable<JobRecord>, run: () => void | Promise<void>): Promise<void> {
    if (record.running) return;
    record.running = true;
    try {
      await run();
      record.lastSuccessAt = this.clock.nowMs();
      record.consecutiveFailures = 0;
      delete record.lastError;
    } catch (error) {
      record.consecutiveFailures += 1;
      record.lastError = error instanceof Error ? error.message : String(error);
      this.logger.error('Scheduled job failed', { job: record.name, err: error });
    } finally {
      record.running = false;
    }
  }
}
