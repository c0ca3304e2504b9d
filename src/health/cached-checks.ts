import { Logger } from '@nestjs/common';
import { type HealthIndicatorResult } from '@nestjs/terminus';

import { type Clock } from '../shared/clock.js';
import { type HealthIndicator } from './health-indicator.port.js';

/**
 * Runs a set of checks at most once in a while, however many probes ask, and never twice at once. An
 * indicator that throws is down: Terminus would turn that into a 500.
 */
export class CachedChecks {
  private readonly logger = new Logger('Health');
  private running: Promise<readonly HealthIndicatorResult[]> | undefined;
  private freshUntil = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly indicators: readonly HealthIndicator[],
    private readonly cacheTimeMs: number,
    private readonly clock: Clock,
  ) {}

  results(): Promise<readonly HealthIndicatorResult[]> {
    if (this.running && this.clock.monotonicMs() < this.freshUntil) return this.running;
    this.freshUntil = Number.POSITIVE_INFINITY;
    this.running = this.checkAll();
    return this.running;
  }

  private async checkAll(): Promise<readonly HealthIndicatorResult[]> {
    const results = await Promise.all(this.indicators.map((indicator) => this.check(indicator)));
    this.freshUntil = this.clock.monotonicMs() + this.cacheTimeMs;
    return results;
  }

  private async check(indicator: HealthIndicator): Promise<HealthIndicatorResult> {
    try {
      return await indicator.isHealthy();
    } catch (error) {
      const name = indicator.constructor.name.replace(/HealthIndicator$/, '').toLowerCase();
      this.logger.error('Health check failed to run', { indicator: name, err: error });
      return { [name]: { status: 'down', message: 'the check itself failed; the log says why' } };
    }
  }
}
