import { Module } from '@nestjs/common';

import { GitModule } from '../../git/git.module.js';
import { SessionsModule } from '../../sessions/sessions.module.js';
import { SessionIsolations } from './session-isolations.service.js';

/** Work trees that end with their sessions. */
@Module({ imports: [GitModule, SessionsModule], providers: [SessionIsolations] })
export class IsolationModule {}
