import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { ServerConfig, SessionsConfig } from '../config/sections/index.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { SessionResources } from './session.resources.js';
import { SessionSweepJob } from './session-sweep.job.js';
import { Continuities } from './resume/continuities.service.js';
import { SessionArchive } from './resume/session-archive.service.js';
import { SessionRestorer } from './resume/session-restorer.service.js';
import { SessionRegistry } from './session.registry.js';
import { SessionsHealthIndicator } from './sessions.health.js';
import { SessionsMetrics } from './sessions.metrics.js';
import { openSessionStore } from './store/open-session-store.js';
import { StoreCatchUpJob } from './store-catch-up.job.js';
import { SESSION_STORE } from './store/session-store.port.js';

/** Who is connected, since when, and when they are forgotten. Heartbeat and gateway call it, it calls neither. */
@Module({
  imports: [ResilienceModule, ResourcesModule, TerminusModule],
  providers: [
    Continuities,
    SessionArchive,
    SessionRegistry,
    SessionResources,
    SessionRestorer,
    SessionSweepJob,
    SessionsHealthIndicator,
    SessionsMetrics,
    StoreCatchUpJob,
    {
      provide: SESSION_STORE,
      useFactory: openSessionStore,
      inject: [SessionsConfig, ServerConfig],
    },
  ],
  exports: [
    SESSION_STORE,
    SessionRestorer,
    Continuities,
    SessionRegistry,
    SessionSweepJob,
    SessionsHealthIndicator,
  ],
})
export class SessionsModule {}
