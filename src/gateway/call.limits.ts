import { Injectable } from '@nestjs/common';

import { GatewayConfig } from '../config/sections/index.js';
import { type Session } from '../sessions/session.js';
import { ServerError } from '../shared/errors/index.js';
import { CallAdmission } from '../tools/call.admission.js';

const RETRY_WHEN_BUSY_MS = 250;

/** Whether a session may begin one more call. */
@Injectable()
export class CallLimits {
  constructor(
    private readonly config: GatewayConfig,
    private readonly admission: CallAdmission,
  ) {}

  /**
   * @throws ServerError `forbidden` where the session is paused; `temporary_resource_unavailable` where too many
   *   of its requests are in progress, or too many operations wait in the whole server
   */
  check(session: Session, tool: string): void {
    if (session.state.name === 'PAUSED') {
      throw new ServerError('forbidden', 'the session is paused; send session/resume first');
    }
    if (session.activeOperations >= this.config.maxConcurrentRequests) {
      const message = 'too many requests of this socket are in progress; wait for one to be answered';
      throw new ServerError('temporary_resource_unavailable', message, { retryAfterMs: RETRY_WHEN_BUSY_MS });
    }
    const refusal = this.admission.refusalFor(tool, session.id, 'envelope');
    if (refusal !== undefined) throw refusal;
  }
}
