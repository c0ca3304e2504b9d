import { Inject, Injectable, Logger } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService, type HealthIndicatorResult } from '@nestjs/terminus';

import { type CachedChecks } from './cached-checks.js';
import { HEALTH_CHECKS, READINESS_CHECKS } from './health-indicator.port.js';
import { LifecycleHealthIndicator } from './lifecycle.health.js';

/** Puts together what the modules say. Logs when the verdict changes, not when a probe asks. */
@Injectable()
export class HealthReporter {
  private readonly logger = new Logger('Health');
  private lastVerdict = '[]';

  constructor(
    private readonly terminus: HealthCheckService,
    private readonly lifecycle: LifecycleHealthIndicator,
    @Inject(HEALTH_CHECKS) private readonly health: CachedChecks,
    @Inject(READINESS_CHECKS) private readonly readiness: CachedChecks,
  ) {}

  /** @throws ServiceUnavailableException with the same body: something is down */
  async overall(): Promise<HealthCheckResult> {
    const results = await this.health.results();
    this.logChange(results);
    return this.report([this.lifecycle.isHealthy(), ...results]);
  }

  /** @throws ServiceUnavailableException with the same body: send new clients elsewhere */
  async ready(): Promise<HealthCheckResult> {
    // A server that ends is busy, and whatever else could be found out changes nothing.
    const results = this.lifecycle.isReady ? await this.readiness.results() : [];
    return this.report([this.lifecycle.isHealthy(), ...results]);
  }

  /** @throws ServiceUnavailableException with the same body: the server still starts */
  startup(): Promise<HealthCheckResult> {
    return this.report([this.lifecycle.hasStarted()]);
  }

  /** Depends on nothing: that it is answered at all is the answer. */
  live(): Promise<HealthCheckResult> {
    return this.report([]);
  }

  private report(results: readonly HealthIndicatorResult[]): Promise<HealthCheckResult> {
    return this.terminus.check(results.map((result) => () => result));
  }

  private logChange(results: readonly HealthIndicatorResult[]): void {
    const troubled = results
      .flatMap((result) => Object.entries(result))
      .filter(([, { status }]) => status !== 'up')
      .map(([indicator, { status }]) => ({ indicator, status }));
    const verdict = JSON.stringify(troubled);
    if (verdict === this.lastVerdict) return;
    this.lastVerdict = verdict;
    if (troubled.length > 0) this.logger.warn('Health is impaired', { troubled });
    else this.logger.log('Health is restored');
  }
}
