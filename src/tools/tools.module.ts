import { Module } from '@nestjs/common';

import { GitModule } from '../git/git.module.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { ValidationModule } from '../validation/validation.module.js';
import { CallAdmission } from './call.admission.js';
import { CallLog } from './call.log.js';
import { SessionCredentials } from './credentials/session-credentials.service.js';
import { SlowOperations } from './slow-operations.service.js';
import { ToolSelections } from './selection/tool-selections.service.js';
import { ToolCaller } from './tool.caller.js';
import { ToolRegistry } from './tool.registry.js';
import { TOOL_PROVIDERS } from './tools.providers.js';

/** What clients may do with repositories, and the one way to do it. */
@Module({
  imports: [GitModule, ResilienceModule, ValidationModule],
  providers: TOOL_PROVIDERS,
  exports: [
    CallAdmission,
    CallLog,
    SessionCredentials,
    SlowOperations,
    ToolRegistry,
    ToolCaller,
    ToolSelections,
  ],
})
export class ToolsModule {}
