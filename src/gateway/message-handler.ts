import { type Type } from '@nestjs/common';

import { type Session } from '../sessions/session.js';
import { type FieldIssue } from '../shared/errors/index.js';
import { type EnvelopeMessage } from './messages/envelope.dto.js';

/**
 * The fields of an answer besides `type` and `id`, as JSON text without braces: `"result":{…}`. Text, because
 * the answer to a ping is too small to be worth an object.
 */
export interface Answer {
  readonly fields: string;
  readonly warnings?: readonly FieldIssue[];
  /** Runs once the answer has been handed to the socket. */
  readonly afterwards?: () => void;
}

/** One type of message. A handler is one object for all sessions; what belongs to a session is in the session. */
export interface MessageHandler<M extends EnvelopeMessage = EnvelopeMessage> {
  readonly type: string;
  readonly dto: Type<M>;
  /** `type` of its answer; absent for notifications, which are answered with nothing but errors. */
  readonly answerType?: string;
  /** Served to sessions that have not authenticated yet. */
  readonly open?: boolean;
  /** Says that the peer lives, not that somebody uses the session. */
  readonly idle?: boolean;
  /** Its answer belongs to the connection: it has no `seq` and is not replayed. */
  readonly unnumbered?: boolean;

  /**
   * @param message validated
   * @returns the answer; nothing for a notification
   * @throws ServerError, which becomes the request's one answer
   */
  handle(session: Session, message: M): Answer | undefined | Promise<Answer>;
}

/** All handlers, collected by the module. */
export const MESSAGE_HANDLERS = Symbol('MessageHandlers');

export function resultOf(result: object): Answer {
  return { fields: `"result":${JSON.stringify(result)}` };
}
