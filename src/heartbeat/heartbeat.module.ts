import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { SessionsModule } from '../sessions/sessions.module.js';
import { HeartbeatHealthIndicator } from './heartbeat.health.js';
import { HeartbeatMetrics } from './heartbeat.metrics.js';
import { HeartbeatMonitor } from './heartbeat.monitor.js';

/** Who is still there. It calls sessions; sessions never call it. */
@Module({
  imports: [SessionsModule, TerminusModule],
  providers: [HeartbeatMonitor, HeartbeatHealthIndicator, HeartbeatMetrics],
  exports: [HeartbeatMonitor, HeartbeatHealthIndicator],
})
export class HeartbeatModule {}
