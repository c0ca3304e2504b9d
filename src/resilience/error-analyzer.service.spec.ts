import { Logger, type LoggerService } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { ResilienceConfig } from '../config/sections/index.js';
import { MetricsRegistry } from '../observability/metrics.registry.js';
import { ScheduledJobs } from '../observability/scheduled-jobs.service.js';
import { ErrorAnalyzer } from './error-analyzer.service.js';

const MINUTE = 60_000;

class Lines implements LoggerService {
  readonly messages: string[] = [];
  log = (message: string) => void this.messages.push(message);
  warn = this.log;
  error = this.log;
}

/** Where the clock of tests begins. */
const START = '2024-01-01T00:00:00.000Z';

describe('ErrorAnalyzer', () => {
  let clock: ManualClock;
  let metrics: MetricsRegistry;
  let analyzer: ErrorAnalyzer;
  let scheduler: SchedulerRegistry;
  let logs: Lines;

  beforeEach(() => {
    vi.useFakeTimers();
    logs = new Lines();
    Logger.overrideLogger(logs);
    [clock, metrics, scheduler] = [new ManualClock(), new MetricsRegistry(), new SchedulerRegistry()];
    analyzer = new ErrorAnalyzer(new ResilienceConfig(), clock, new ScheduledJobs(scheduler, clock), metrics);
    analyzer.onApplicationBootstrap();
  });

  afterEach(() => {
    for (const name of scheduler.getIntervals()) scheduler.deleteInterval(name);
    vi.useRealTimers();
    Logger.overrideLogger(false);
  });

  const fail = (times: number) => {
    for (let time = 0; time < times; time += 1)
      analyzer.record('operation_timeout', { component: 'gateway' });
  };

  const pass = async (ms: number) => {
    clock.advance(ms);
    await vi.advanceTimersByTimeAsync(ms);
  };

  it('gives errors per minute over the window asked for', async () => {
    fail(6);
    await pass(30 * MINUTE);
    fail(3);

    expect(analyzer.rate('operation_timeout')).toBeCloseTo(9 / 60);
    expect(analyzer.rate('operation_timeout', 10 * MINUTE)).toBeCloseTo(3 / 10);
    expect(analyzer.rate('operation_timeout', MINUTE)).toBe(3);
    expect(analyzer.rate('internal_error')).toBe(0);
  });

  it('forgets what has left the window', async () => {
    fail(6);

    await pass(61 * MINUTE);

    expect(analyzer.rate('operation_timeout')).toBe(0);
    const sample = { at: START, component: 'gateway', session_id: null, request_id: null };
    expect(analyzer.summary()).toEqual([
      {
        code: 'operation_timeout',
        total: 6,
        rate: 0,
        lastMinute: 0,
        usual: 0,
        spiking: false,
        byComponent: { gateway: 6 },
        samples: [sample, sample, sample],
      },
    ]);
  });

  it('finds the codes that came more often in the last minute than the threshold', () => {
    fail(6);
    analyzer.record('internal_error');

    expect([...analyzer.spikes()]).toEqual([['operation_timeout', 6]]);
    expect([...analyzer.spikes(0).keys()]).toEqual(['operation_timeout', 'internal_error']);
    expect(analyzer.spikes(6).size).toBe(0);
  });

  it('says once when a spike begins and once when it is over', async () => {
    fail(5);
    expect(logs.messages).toEqual([]);

    fail(500);
    await pass(30_000);
    expect(logs.messages).toEqual(['Error spike began']);

    await pass(MINUTE);
    await pass(MINUTE);
    expect(logs.messages).toEqual(['Error spike began', 'Error spike is over']);
  });

  it('takes no more memory for a million errors than for one', () => {
    fail(1_000_000);

    expect(analyzer.rate('operation_timeout', MINUTE)).toBe(1_000_000);
    expect(analyzer.summary()).toHaveLength(1);
  });

  it('counts errors by code in the metrics', async () => {
    fail(2);

    await expect(metrics.metrics()).resolves.toContain('mcp_git_errors_total{code="operation_timeout"} 2');
  });
});
