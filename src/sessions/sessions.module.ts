import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { ResourcesModule } from '../resources/resources.module.js';
import { SessionResources } from './session.resources.js';
import { SessionSweepJob } from './session-sweep.job.js';
import { Continuities } from './resume/continuities.service.js';
import { SessionRegistry } from './session.registry.js';
import { SessionsHealthIndicator } from './sessions.health.js';
import { SessionsMetrics } from './sessions.metrics.js';

/** Who is connected, since when, and when they are forgotten. Heartbeat and gateway call it, it calls neither. */
@Module({
  imports: [ResourcesModule, TerminusModule],
  providers: [
    Continuities,
    SessionRegistry,
    SessionResources,
    SessionSweepJob,
    SessionsHealthIndicator,
    SessionsMetrics,
  ],
  exports: [Continuities, SessionRegistry, SessionSweepJob, SessionsHealthIndicator],
})
export class SessionsModule {}
