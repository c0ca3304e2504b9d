import { Injectable } from '@nestjs/common';

import { GatewayConfig } from '../config/sections/index.js';
import { type QueuedCall } from '../resilience/queued-call.js';
import { turnOf } from '../resilience/turn.js';
import { requireRoom } from '../sessions/require-room.js';
import { type Session } from '../sessions/session.js';
import { CallAdmission } from '../tools/call.admission.js';
import { principalOf } from './access.rule.js';
import { type ToolsCallMessage } from './messages/tools.dto.js';

/** Whether a session may begin one more call. */
@Injectable()
export class CallLimits {
  constructor(
    private readonly config: GatewayConfig,
    private readonly admission: CallAdmission,
  ) {}

  /**
   * @throws ServerError `forbidden` where the session is paused or has yet to authenticate; `temporary_resource_unavailable` where too many
   *   of its requests are in progress, or too many operations wait in the whole server
   */
  check(session: Session, tool: string): void {
    requireRoom(session, this.config.maxConcurrentRequests);
    const refusal = this.admission.refusalFor(tool, turnOf(principalOf(session), session.id), 'envelope');
    if (refusal !== undefined) throw refusal;
  }

  /**
   * After `check`, for a call that is one of the session's.
   *
   * @returns nothing where the call need not wait for its place at the door
   * @throws ServerError as `CallAdmission.waitForPlace`
   */
  waitForPlace(
    session: Session,
    { id, params, timeout_ms: timeoutMs }: ToolsCallMessage,
    signal: AbortSignal,
  ): Promise<QueuedCall | undefined> | undefined {
    const turn = turnOf(principalOf(session), session.id);
    const call = { tool: params.name, turn, requestId: id, ...(timeoutMs !== undefined && { timeoutMs }) };
    return this.admission.waitForPlace(call, signal);
  }
}
