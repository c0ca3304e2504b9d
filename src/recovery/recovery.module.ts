import { Module } from '@nestjs/common';

import { GitModule } from '../git/git.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ToolsModule } from '../tools/tools.module.js';
import { InterruptedRequests } from './interrupted-requests.service.js';

/** What is done after a process has ended, and before the next one serves. */
@Module({
  imports: [GitModule, SessionsModule, ToolsModule],
  providers: [InterruptedRequests],
})
export class RecoveryModule {}
