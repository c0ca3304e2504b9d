import { Module } from '@nestjs/common';

import { HeartbeatModule } from '../heartbeat/heartbeat.module.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ValidationModule } from '../validation/validation.module.js';
import { CacheRecovery } from './cache.recovery.js';
import { EmergencyRecovery } from './emergency.recovery.js';
import { TrafficRecovery } from './traffic.recovery.js';

/** The way back when nothing else helps. */
@Module({
  imports: [HeartbeatModule, ResilienceModule, SessionsModule, ValidationModule],
  providers: [CacheRecovery, EmergencyRecovery, TrafficRecovery],
  exports: [EmergencyRecovery],
})
export class EmergencyModule {}
