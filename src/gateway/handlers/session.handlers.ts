import { Inject, Injectable } from '@nestjs/common';

import { GatewayConfig } from '../../config/sections/index.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { type Session } from '../../sessions/session.js';
import { viewOf } from '../../sessions/session.view.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { CLOSE, ServerError } from '../../shared/errors/index.js';
import { type Answer, type MessageHandler, resultOf } from '../message-handler.js';
import {
  SessionCloseMessage,
  SessionGetMessage,
  SessionPauseMessage,
  SessionResumeMessage,
} from '../messages/session.dto.js';
import { SessionNotices } from '../session.notices.js';
import { until } from '../until.js';

@Injectable()
export class SessionGetHandler implements MessageHandler<SessionGetMessage> {
  readonly type = 'session/get';
  readonly dto = SessionGetMessage;
  readonly answerType = 'session/get/result';

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  handle(session: Session): Answer {
    return resultOf(viewOf(session, this.clock));
  }
}

/** What runs goes on; new tool calls are refused until the session is resumed. */
@Injectable()
export class SessionPauseHandler implements MessageHandler<SessionPauseMessage> {
  readonly type = 'session/pause';
  readonly dto = SessionPauseMessage;
  readonly answerType = 'session/pause/result';

  constructor(
    private readonly notices: SessionNotices,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  handle(session: Session): Answer {
    session.pause();
    const afterwards = () => this.notices.status(session, session.state.name);
    return { ...resultOf(viewOf(session, this.clock)), afterwards };
  }
}

@Injectable()
export class SessionResumeHandler implements MessageHandler<SessionResumeMessage> {
  readonly type = 'session/resume';
  readonly dto = SessionResumeMessage;
  readonly answerType = 'session/resume/result';

  constructor(
    private readonly notices: SessionNotices,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  handle(session: Session): Answer {
    session.resume();
    const afterwards = () => this.notices.status(session, session.state.name);
    return { ...resultOf(viewOf(session, this.clock)), afterwards };
  }
}

/**
 * Cancels what runs, lets it be answered, answers, and closes the socket with 1000. Asked again meanwhile, it
 * answers each request and closes once.
 */
@Injectable()
export class SessionCloseHandler implements MessageHandler<SessionCloseMessage> {
  readonly type = 'session/close';
  readonly dto = SessionCloseMessage;
  readonly answerType = 'session/close/result';
  private readonly ends = new WeakMap<Session, Promise<boolean>>();

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly config: GatewayConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async handle(session: Session): Promise<Answer> {
    const end = this.ends.get(session) ?? this.end(session);
    this.ends.set(session, end);
    await end;
    return {
      ...resultOf({ ...viewOf(session, this.clock), state: 'CLOSING' }),
      // In the next turn, when everyone who waited for the same end has been answered.
      afterwards: () =>
        void setImmediate(() => this.sessions.close(session, CLOSE.normal, 'closed by the client')),
    };
  }

  private end(session: Session): Promise<boolean> {
    session.leave();
    session.cancelAll(new ServerError('operation_cancelled', 'the client closed the session'));
    return until(() => session.activeOperations === 0, this.config.closeTimeout);
  }
}
