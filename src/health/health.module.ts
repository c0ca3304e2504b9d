import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { HealthConfig } from '../config/sections/index.js';
import { GitHealthIndicator } from '../git/git.health.js';
import { GitModule } from '../git/git.module.js';
import { RootsDiskHealthIndicator } from '../git/roots-disk.health.js';
import { HeartbeatHealthIndicator } from '../heartbeat/heartbeat.health.js';
import { HeartbeatModule } from '../heartbeat/heartbeat.module.js';
import { EventLoopHealthIndicator } from '../observability/health/event-loop.health.js';
import { MemoryHealthIndicator } from '../observability/health/memory.health.js';
import { ScheduledJobsHealthIndicator } from '../observability/health/scheduled-jobs.health.js';
import { Lifecycle } from '../observability/lifecycle.service.js';
import { BreakersHealthIndicator } from '../resilience/breaker/breakers.health.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { SessionsHealthIndicator } from '../sessions/sessions.health.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { CachedChecks } from './cached-checks.js';
import { CapacityHealthIndicator } from './capacity.health.js';
import { HEALTH_CHECKS, type HealthIndicator, READINESS_CHECKS } from './health-indicator.port.js';
import { HealthController } from './health.controller.js';
import { HealthReporter } from './health.reporter.js';
import { LifecycleHealthIndicator } from './lifecycle.health.js';

const OVERALL = [
  SessionsHealthIndicator,
  HeartbeatHealthIndicator,
  BreakersHealthIndicator,
  GitHealthIndicator,
  RootsDiskHealthIndicator,
  ScheduledJobsHealthIndicator,
  EventLoopHealthIndicator,
  MemoryHealthIndicator,
];
const READINESS = [CapacityHealthIndicator, GitHealthIndicator];

const cached = (config: HealthConfig, clock: Clock, ...indicators: HealthIndicator[]) =>
  new CachedChecks(indicators, config.cacheTime, clock);

/** The probes' door: puts together what the modules say of themselves. */
@Module({
  // Terminus would log each failed probe, in the words of its own logger; the reporter logs each change once.
  imports: [
    TerminusModule.forRoot({ logger: false }),
    ResilienceModule,
    SessionsModule,
    HeartbeatModule,
    GitModule,
  ],
  controllers: [HealthController],
  providers: [
    HealthReporter,
    LifecycleHealthIndicator,
    CapacityHealthIndicator,
    { provide: HEALTH_CHECKS, useFactory: cached, inject: [HealthConfig, CLOCK, ...OVERALL] },
    { provide: READINESS_CHECKS, useFactory: cached, inject: [HealthConfig, CLOCK, ...READINESS] },
  ],
})
export class HealthModule implements OnApplicationBootstrap {
  constructor(private readonly lifecycle: Lifecycle) {}

  // What this module composes has started before it; the server listens after it.
  onApplicationBootstrap(): void {
    this.lifecycle.ready();
  }
}
