import { Injectable, Logger } from '@nestjs/common';

import { ErrorAnalyzer } from '../resilience/error-analyzer.service.js';
import { ERROR_TABLE, type ServerError } from '../shared/errors/index.js';
import { SessionRegistry } from '../sessions/session.registry.js';
import { type Session } from '../sessions/session.js';
import { toServerError } from '../resilience/error-report.js';
import { errorFrame, jsonRpcErrorFrame } from './error.mapper.js';
import { GatewaySocket, speaksOnlyMcp } from './gateway-socket.js';
import { isJsonRpc, jsonRpcIdOf } from './json-rpc.js';
import { identifierOf, messageIn } from './message-id.js';

/** Whoever is asked to wait for so long need not hear of it at once. */
const PATIENT_MS = 100;

/** Answers with an error, records it, and ends the session where the table of errors says so. */
@Injectable()
export class ErrorReply {
  private readonly logger = new Logger(ErrorReply.name);

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly analyzer: ErrorAnalyzer,
  ) {}

  /** @param thrown anything; what is not a ServerError reaches the client as `internal_error` without its text */
  send(session: Session, id: string | null, thrown: unknown): void {
    if (speaksOnlyMcp(session)) return this.sendJsonRpc(session, id, thrown);
    const error = this.record(session, id, thrown);
    this.deliver(session, id, error);
    this.endIfCritical(session, error);
  }

  /** The same in the words of JSON-RPC. @param code where the table's would not be the right one */
  sendJsonRpc(session: Session, id: string | number | null, thrown: unknown, code?: number): void {
    const error = this.record(session, id, thrown);
    session.connection.sendText(jsonRpcErrorFrame(id, error, code));
    this.endIfCritical(session, error);
  }

  /** Answers a frame that nobody has read yet, in its own dialect. */
  answer(session: Session, frame: Buffer, thrown: unknown): void {
    const message = messageIn(frame);
    if (speaksOnlyMcp(session) || isJsonRpc(message)) {
      return this.sendJsonRpc(session, jsonRpcIdOf(message), thrown);
    }
    this.send(session, identifierOf(message), thrown);
  }

  private deliver(session: Session, id: string | null, error: ServerError): void {
    const { connection, continuity } = session;
    const isPatient = (error.retryAfterMs ?? 0) >= PATIENT_MS;
    const frame = errorFrame(id, error);
    if (isPatient && continuity === undefined && connection instanceof GatewaySocket)
      return connection.sendRefusal(frame);
    session.deliver(frame, id ?? undefined);
  }

  private record(session: Session, id: string | number | null, thrown: unknown): ServerError {
    const error = toServerError(thrown, { sessionId: session.id, requestId: id });
    session.errorCount += 1;
    this.analyzer.record(error.code, { component: 'gateway', sessionId: session.id, requestId: id });
    return error;
  }

  private endIfCritical(session: Session, { code }: ServerError): void {
    const { closeCode } = ERROR_TABLE[code];
    if (closeCode === undefined || !session.isOpen) return;
    this.logger.warn('Session ended by a critical error', {
      session_id: session.id,
      code,
      close_code: closeCode,
    });
    session.fail();
    this.sessions.close(session, closeCode, code);
  }
}
