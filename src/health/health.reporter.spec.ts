import { Logger, type LoggerService } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { Lifecycle } from '../observability/lifecycle.service.js';
import { CachedChecks } from './cached-checks.js';
import { type HealthIndicator } from './health-indicator.port.js';
import { HealthReporter } from './health.reporter.js';
import { LifecycleHealthIndicator } from './lifecycle.health.js';

type Status = 'up' | 'degraded' | 'down' | 'throws';

/** Says what the test wants, and counts how often it was asked. */
class Scripted implements HealthIndicator {
  status: Status = 'up';
  asked = 0;

  async isHealthy() {
    this.asked += 1;
    if (this.status === 'throws') throw new Error('no idea');
    return { scripted: { status: this.status } };
  }
}

class Lines implements LoggerService {
  readonly messages: string[] = [];
  log = (message: string) => void this.messages.push(message);
  warn = this.log;
  error = this.log;
}

const CACHE_MS = 1_000;

describe('HealthReporter', () => {
  let reporter: HealthReporter;
  let scripted: Scripted;
  let lifecycle: Lifecycle;
  let clock: ManualClock;
  let logs: Lines;

  beforeEach(async () => {
    const module = await Test.createTestingModule({
      imports: [TerminusModule.forRoot({ logger: false })],
    }).compile();
    logs = new Lines();
    Logger.overrideLogger(logs);
    [scripted, lifecycle, clock] = [new Scripted(), new Lifecycle(), new ManualClock()];
    const checks = () => new CachedChecks([scripted], CACHE_MS, clock);
    const phase = new LifecycleHealthIndicator(module.get(HealthIndicatorService), lifecycle);
    reporter = new HealthReporter(module.get(HealthCheckService), phase, checks(), checks());
    lifecycle.ready();
  });

  afterEach(() => {
    Logger.overrideLogger(false);
  });

  it.each([
    ['up', 'ok'],
    ['degraded', 'degraded'],
  ] as const)('answers with the body of Terminus when a check is %s', async (status, overall) => {
    scripted.status = status;

    await expect(reporter.overall()).resolves.toMatchObject({
      status: overall,
      error: {},
      details: { lifecycle: { status: 'up', phase: 'ready' }, scripted: { status } },
    });
  });

  it.each(['down', 'throws'] as const)('refuses with 503 when a check %s', async (status) => {
    scripted.status = status;

    await expect(reporter.overall()).rejects.toMatchObject({
      status: 503,
      response: { status: 'error', error: { scripted: { status: 'down' } } },
    });
  });

  it('asks each check once in a while, however many probes come at once', async () => {
    await Promise.all(Array.from({ length: 100 }, () => reporter.overall()));
    clock.advance(CACHE_MS - 1);
    await reporter.overall();
    expect(scripted.asked).toBe(1);

    clock.advance(1);
    await reporter.overall();
    expect(scripted.asked).toBe(2);
  });

  it('is not ready with the next probe once the server drains, but alive and started', async () => {
    await expect(reporter.ready()).resolves.toMatchObject({ status: 'ok' });

    lifecycle.drain();

    await expect(reporter.ready()).rejects.toMatchObject({
      status: 503,
      response: { error: { lifecycle: { phase: 'draining' } } },
    });
    await expect(reporter.startup()).resolves.toMatchObject({ status: 'ok' });
    await expect(reporter.live()).resolves.toEqual({ status: 'ok', info: {}, error: {}, details: {} });
  });

  it('asks nothing more once the server drains', async () => {
    lifecycle.drain();

    await reporter.ready().catch(() => undefined);

    expect(scripted.asked).toBe(0);
  });

  it('is not ready with a probe that waited while the drain began', async () => {
    const probe = reporter.ready();

    lifecycle.drain();

    await expect(probe).rejects.toMatchObject({ status: 503 });
  });

  it('logs a change of the verdict once, and not again for each probe', async () => {
    for (const status of ['up', 'down', 'down', 'down', 'up', 'up'] as const) {
      scripted.status = status;
      clock.advance(CACHE_MS);
      await reporter.overall().catch(() => undefined);
    }

    expect(logs.messages).toEqual(['Health is impaired', 'Health is restored']);
  });
});
