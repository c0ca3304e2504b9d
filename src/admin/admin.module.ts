import { Module } from '@nestjs/common';

import { AuthModule } from '../auth/auth.module.js';
import { DiagnosticsModule } from '../diagnostics/diagnostics.module.js';
import { GitModule } from '../git/git.module.js';
import { HeartbeatModule } from '../heartbeat/heartbeat.module.js';
import { EmergencyModule } from '../recovery/emergency.module.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ToolsModule } from '../tools/tools.module.js';
import { ValidationModule } from '../validation/validation.module.js';
import { AdminAudit } from './access/admin.audit.js';
import { CircuitsController } from './controllers/circuits.controller.js';
import { DiagnosisController } from './controllers/diagnosis.controller.js';
import { LocksController } from './controllers/locks.controller.js';
import { LogLevelsController } from './controllers/log-levels.controller.js';
import { OpenApiController } from './controllers/openapi.controller.js';
import { OperationsController } from './controllers/operations.controller.js';
import { ProfilesController } from './controllers/profiles.controller.js';
import { RecoveryController } from './controllers/recovery.controller.js';
import { SessionsController } from './controllers/sessions.controller.js';
import { StoreController } from './controllers/store.controller.js';
import { UpkeepController } from './controllers/upkeep.controller.js';
import { ValidationController } from './controllers/validation.controller.js';
import { OpenApiDocument } from './openapi.document.js';

/** The operator's door: looks at the server and cures it, for callers with the scope `admin`. */
@Module({
  imports: [
    AuthModule,
    DiagnosticsModule,
    EmergencyModule,
    GitModule,
    HeartbeatModule,
    ResilienceModule,
    ResourcesModule,
    SessionsModule,
    ToolsModule,
    ValidationModule,
  ],
  controllers: [
    CircuitsController,
    DiagnosisController,
    LocksController,
    LogLevelsController,
    OpenApiController,
    OperationsController,
    ProfilesController,
    RecoveryController,
    SessionsController,
    StoreController,
    UpkeepController,
    ValidationController,
  ],
  providers: [AdminAudit, OpenApiDocument],
})
export class AdminModule {}
