import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';

import { CLOCK, type Clock } from '../../shared/clock.js';
import { type JobRecord, ScheduledJobs } from '../scheduled-jobs.service.js';

/** Runs that may be missed before a job counts as overdue: timers are late on a busy machine. */
const PATIENCE = 3;

/** Degraded where a job fails, or has not succeeded for several of its periods. */
@Injectable()
export class ScheduledJobsHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly jobs: ScheduledJobs,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  isHealthy() {
    const indicator = this.indicators.check('scheduled_jobs');
    const jobs = this.jobs.all();
    const failing = jobs.filter(({ consecutiveFailures }) => consecutiveFailures > 0);
    const overdue = jobs.filter((job) => this.isOverdue(job));
    const data = { jobs: jobs.length, failing: names(failing), overdue: names(overdue) };
    return failing.length + overdue.length > 0 ? indicator.degraded(data) : indicator.up(data);
  }

  private isOverdue({ scheduledAt, lastSuccessAt, periodMs }: JobRecord): boolean {
    return this.clock.nowMs() - (lastSuccessAt ?? scheduledAt) > PATIENCE * periodMs;
  }
}

function names(jobs: readonly JobRecord[]): string[] {
  return jobs.map(({ name }) => name);
}
