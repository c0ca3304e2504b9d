import { Injectable, Logger } from '@nestjs/common';

import { GatewayConfig } from '../../config/sections/index.js';
import { notePart } from '../../observability/operation-trace.js';
import { type QueuedCall } from '../../resilience/queued-call.js';
import { roomRefusal } from '../../sessions/require-room.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { type ServerError } from '../../shared/errors/index.js';
import { CallAdmission } from '../../tools/call.admission.js';
import { CallLog } from '../../tools/call.log.js';
import { ArrivingCalls } from './arriving-calls.service.js';
import { CANCELLED_BY_CLIENT } from './cancelled-requests.js';
import { FailedAnswers } from './failed-answers.js';
import { callIn, type Era, type IncomingCall } from './incoming-call.js';
import { McpErrors } from './mcp-errors.service.js';
import { type McpPeer, ownerOf, turnOfPeer } from './mcp-peer.js';
import { operationKey } from './operations.service.js';
import { HeldCall, serveHeld } from './waited-calls.js';

/** Who has sent a call, as the door that took it reaches it. */
export interface Caller {
  /** Hands the message to the SDK, which has begun to serve it by the end of this turn, or of the promise. */
  serve(): Promise<void> | undefined;
  /** @param text JSON of the answer to a call that was turned away as it came */
  refuse(text: string): void;
  /** @param text JSON of the answer to a call that has waited in vain; absent where the client has cancelled it */
  answer(text: string | undefined): void;
}

/** A call on its way through the door. */
interface Passage {
  readonly call: IncomingCall;
  readonly peer: McpPeer;
  readonly caller: Caller;
}

type Wait = Pick<QueuedCall, 'since' | 'waitedMs'>;

/**
 * Where tool calls wait for their place, and are turned away, before the SDK reads them. What a call that waits keeps
 * alive is the message as it came; and what turning one away costs a thousand times a second would be missing for those
 * that are served. A call is turned away for want of a place, or since its session has as many under way as it may.
 */
@Injectable()
export class CallDoor {
  private readonly logger = new Logger(CallDoor.name);
  private readonly answers = new FailedAnswers();

  constructor(
    private readonly config: GatewayConfig,
    private readonly admission: CallAdmission,
    private readonly calls: CallLog,
    private readonly errors: McpErrors,
    private readonly arriving: ArrivingCalls,
    private readonly sessions: SessionRegistry,
  ) {}

  /**
   * @param message any JSON
   * @param era that is spoken here; a call of the other one is for the SDK to judge
   * @returns the call that waits; `refused` where the caller has been told so; nothing where the message is to be served
   */
  take(message: unknown, peer: McpPeer, era: Era, caller: Caller): QueuedCall | 'refused' | undefined {
    const call = callIn(message);
    if (call?.era !== era) return undefined;
    const refusal =
      this.roomRefusal(peer) ?? this.admission.refusalFor(call.tool, turnOfPeer(peer), peer.door);
    if (refusal === undefined) return this.queue({ call, peer, caller });
    if (peer.session !== undefined) peer.session.commandCount += 1;
    caller.refuse(this.answers.of(call, this.errors.report(refusal, peer)));
    return 'refused';
  }

  private roomRefusal({ session, door }: McpPeer): ServerError | undefined {
    if (session === undefined) return undefined;
    const refusal = roomRefusal(session, this.config.maxConcurrentRequests - this.arriving.of(session));
    if (refusal !== undefined) this.calls.refused(door, refusal);
    return refusal;
  }

  private queue(passage: Passage): QueuedCall | undefined {
    const { call, peer } = passage;
    const { session } = peer;
    const key = operationKey(call.id);
    const queued = session?.isRunning(key) === true ? undefined : this.wait(passage, key);
    if (queued === undefined && session !== undefined) this.arriving.expect(session);
    return queued;
  }

  private wait(passage: Passage, key: string): QueuedCall | undefined {
    const { call, peer } = passage;
    const { session } = peer;
    const arrived = { tool: call.tool, turn: turnOfPeer(peer), requestId: String(call.id) };
    const held = new HeldCall(session?.workingDirectory);
    const queued = this.admission.queue(arrived, {
      admitted: () => this.serve(passage, held),
      ended: (error, { since, waitedMs }) => this.fail(passage, error, { since, waitedMs }),
      closed: () => (session === undefined ? this.sessions.endDetached(held) : session.end(key, held)),
    });
    if (queued === undefined) return undefined;
    held.queued = queued;
    if (session === undefined) this.sessions.holdDetached(held);
    else session.hold(key, held);
    return queued;
  }

  private serve({ caller, peer }: Passage, held: HeldCall): void {
    const { queued } = held;
    try {
      const serving = serveHeld(held, () => caller.serve());
      if (serving === undefined) atEndOfTurn(() => queued.closeUnclaimed());
      else void serving.finally(() => queued.closeUnclaimed()).catch(() => undefined);
    } catch (thrown) {
      this.logger.error('A call that has waited could not be served', {
        session_id: ownerOf(peer),
        err: thrown,
      });
      queued.close();
    }
  }

  /** Recorded as one that the SDK has seen. */
  private fail({ call, peer, caller }: Passage, error: ServerError, { since, waitedMs }: Wait): void {
    const { door, session } = peer;
    if (session !== undefined) session.commandCount += 1;
    const tracked = { door, sessionId: ownerOf(peer), requestId: String(call.id), tool: call.tool, since };
    const failing = this.calls.track(tracked, async () => {
      notePart('queue', waitedMs);
      throw error;
    });
    void failing.catch(() => undefined);
    const told = this.errors.report(error, peer);
    caller.answer(error === CANCELLED_BY_CLIENT ? undefined : this.answers.of(call, told));
  }
}

/** When the promises of this turn have settled. */
function atEndOfTurn(act: () => void): void {
  // A tick asked for by a microtask comes when all other microtasks are done.
  queueMicrotask(() => process.nextTick(act));
}
