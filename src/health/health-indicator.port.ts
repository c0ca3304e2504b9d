import { type HealthIndicatorResult } from '@nestjs/terminus';

/** What each module says of its own health. */
export interface HealthIndicator {
  isHealthy(): HealthIndicatorResult | PromiseLike<HealthIndicatorResult>;
}

/** Everything that `/health` shows, in its order: CachedChecks. */
export const HEALTH_CHECKS = Symbol('HealthChecks');
/** What decides whether new clients are sent here: CachedChecks. */
export const READINESS_CHECKS = Symbol('ReadinessChecks');
