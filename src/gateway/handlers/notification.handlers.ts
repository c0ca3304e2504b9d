import { Injectable } from '@nestjs/common';

import { type Session } from '../../sessions/session.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Answer, type MessageHandler } from '../message-handler.js';
import {
  CancelledMessage,
  LogMessage,
  ProgressMessage,
  StatusMessage,
} from '../messages/notifications.dto.js';

/**
 * Asks a running request to end. The request's own answer says how it ended: mostly `operation_cancelled`, and its
 * result where the work was done before it could notice.
 */
@Injectable()
export class CancelledHandler implements MessageHandler<CancelledMessage> {
  readonly type = 'notifications/cancelled';
  readonly dto = CancelledMessage;
  readonly answerType = 'notifications/cancelled/ack';

  handle(session: Session, { request_id: requestId }: CancelledMessage): Answer {
    const cancelled = session.cancel(
      requestId,
      new ServerError('operation_cancelled', 'the operation was cancelled by its client'),
    );
    return { fields: `"request_id":${JSON.stringify(requestId)},"cancelled":${cancelled}` };
  }
}

/** What clients tell of themselves is checked and counted; the server acts on none of it. */
@Injectable()
export class ProgressHandler implements MessageHandler<ProgressMessage> {
  readonly type = 'notifications/progress';
  readonly dto = ProgressMessage;

  handle(): undefined {}
}

@Injectable()
export class LogHandler implements MessageHandler<LogMessage> {
  readonly type = 'notifications/log';
  readonly dto = LogMessage;

  handle(): undefined {}
}

@Injectable()
export class StatusHandler implements MessageHandler<StatusMessage> {
  readonly type = 'notifications/status';
  readonly dto = StatusMessage;

  handle(): undefined {}
}
