import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';

import { AdminModule } from './admin/admin.module.js';
import { AuthModule } from './auth/auth.module.js';
import { type AppConfig } from './config/app.config.js';
import { ConfigModule } from './config/config.module.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { GitModule } from './git/git.module.js';
import { HealthModule } from './health/health.module.js';
import { HeartbeatModule } from './heartbeat/heartbeat.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { RecoveryModule } from './recovery/recovery.module.js';
import { ResilienceModule } from './resilience/resilience.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { ToolsModule } from './tools/tools.module.js';
import { ValidationModule } from './validation/validation.module.js';

/** The wiring diagram: each module may use the ones above it, never one below. */
@Module({})
export class AppModule {
  static forRoot(config: AppConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        ScheduleModule.forRoot(),
        ObservabilityModule,
        AuthModule,
        ResilienceModule,
        ValidationModule,
        SessionsModule,
        GitModule,
        HeartbeatModule,
        ToolsModule,
        GatewayModule,
        RecoveryModule,
        AdminModule,
        HealthModule,
      ],
    };
  }
}
