import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { HealthIndicatorService } from '@nestjs/terminus';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { timerClock } from '../../../test/support/manual-clock.js';
import { ScheduledJobs } from '../scheduled-jobs.service.js';
import { ScheduledJobsHealthIndicator } from './scheduled-jobs.health.js';

const PERIOD = 1_000;

describe('ScheduledJobsHealthIndicator', () => {
  let scheduler: SchedulerRegistry;
  let jobs: ScheduledJobs;
  let health: ScheduledJobsHealthIndicator;

  beforeEach(() => {
    vi.useFakeTimers();
    Logger.overrideLogger(false);
    scheduler = new SchedulerRegistry();
    jobs = new ScheduledJobs(scheduler, timerClock);
    health = new ScheduledJobsHealthIndicator(new HealthIndicatorService(), jobs, timerClock);
  });

  afterEach(() => {
    for (const name of scheduler.getIntervals()) scheduler.deleteInterval(name);
    vi.useRealTimers();
  });

  it('is up before the first run is due and while runs succeed', async () => {
    jobs.every('sweep', PERIOD, () => undefined);
    expect(health.isHealthy()).toMatchObject({ scheduled_jobs: { status: 'up', jobs: 1 } });

    await vi.advanceTimersByTimeAsync(100 * PERIOD);

    expect(health.isHealthy()).toMatchObject({ scheduled_jobs: { status: 'up', jobs: 1 } });
  });

  it('names a job that fails, until it succeeds again', async () => {
    let broken = true;
    jobs.every('sweep', PERIOD, () => {
      if (broken) throw new Error('disk full');
    });
    await vi.advanceTimersByTimeAsync(PERIOD);
    expect(health.isHealthy()).toMatchObject({ scheduled_jobs: { status: 'degraded', failing: ['sweep'] } });

    broken = false;
    await vi.advanceTimersByTimeAsync(PERIOD);

    expect(health.isHealthy()).toMatchObject({ scheduled_jobs: { status: 'up', failing: [] } });
  });

  it('names a job whose run never ends', async () => {
    jobs.every('sweep', PERIOD, () => new Promise(() => undefined));

    await vi.advanceTimersByTimeAsync(4 * PERIOD);

    expect(health.isHealthy()).toMatchObject({ scheduled_jobs: { status: 'degraded', overdue: ['sweep'] } });
  });
});
