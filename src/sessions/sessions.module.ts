import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { SessionSweepJob } from './session-sweep.job.js';
import { SessionRegistry } from './session.registry.js';
import { SessionsHealthIndicator } from './sessions.health.js';
import { SessionsMetrics } from './sessions.metrics.js';

/** Who is connected, since when, and when they are forgotten. Heartbeat and gateway call it, it calls neither. */
@Module({
  imports: [TerminusModule],
  providers: [SessionRegistry, SessionSweepJob, SessionsHealthIndicator, SessionsMetrics],
  exports: [SessionRegistry, SessionSweepJob, SessionsHealthIndicator],
})
export class SessionsModule {}
