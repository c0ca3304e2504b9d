import { setTimeout as delay } from 'node:timers/promises';

import { SchedulerRegistry } from '@nestjs/schedule';
import { HealthIndicatorService } from '@nestjs/terminus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { HealthConfig } from '../config/sections/index.js';
import { systemClock } from '../shared/clock.js';
import { EventLoopMonitor } from './event-loop.monitor.js';
import { EventLoopHealthIndicator } from './health/event-loop.health.js';
import { MetricsRegistry } from './metrics.registry.js';
import { ScheduledJobs } from './scheduled-jobs.service.js';

const BLOCK_MS = 300;

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('EventLoopMonitor', () => {
  let scheduler: SchedulerRegistry;
  let metrics: MetricsRegistry;
  let monitor: EventLoopMonitor;

  beforeEach(() => {
    [scheduler, metrics] = [new SchedulerRegistry(), new MetricsRegistry()];
    monitor = new EventLoopMonitor(new ScheduledJobs(scheduler, systemClock), metrics);
    monitor.onApplicationBootstrap();
  });

  afterEach(() => {
    monitor.onApplicationShutdown();
    for (const name of scheduler.getIntervals()) scheduler.deleteInterval(name);
  });

  it('sees that something blocked the process, and says so in health and metrics', async () => {
    const config = Object.assign(new HealthConfig(), { maxEventLoopDelay: BLOCK_MS / 2 });
    const health = new EventLoopHealthIndicator(new HealthIndicatorService(), monitor, config);
    await delay(30);

    block(BLOCK_MS);
    await delay(30);

    expect(monitor.p99Ms).toBeGreaterThan(BLOCK_MS / 2);
    expect(health.isHealthy()).toMatchObject({ event_loop: { status: 'degraded', max_ms: BLOCK_MS / 2 } });
    await expect(metrics.metrics()).resolves.toMatch(/^mcp_git_event_loop_delay_p99_seconds 0\.[1-9]/m);
  });

  it('measures nothing any more once it is shut down', async () => {
    monitor.onApplicationShutdown();
    await delay(30);

    block(BLOCK_MS);
    await delay(30);

    expect(monitor.p99Ms).toBeLessThan(BLOCK_MS / 2);
  });
});
