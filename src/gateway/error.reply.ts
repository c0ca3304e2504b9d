import { Injectable, Logger } from '@nestjs/common';

import { ErrorAnalyzer } from '../resilience/error-analyzer.service.js';
import { ERROR_TABLE, type ServerError } from '../shared/errors/index.js';
import { SessionRegistry } from '../sessions/session.registry.js';
import { type Session } from '../sessions/session.js';
import { toServerError } from '../resilience/error-report.js';
import { errorFrame } from './error.mapper.js';

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
    const error = toServerError(thrown, { sessionId: session.id });
    session.errorCount += 1;
    this.analyzer.record(error.code, { component: 'gateway' });
    session.connection.sendText(errorFrame(id, error));
    this.endIfCritical(session, error);
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
