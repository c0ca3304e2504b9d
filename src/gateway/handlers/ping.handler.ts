import { Inject, Injectable } from '@nestjs/common';

import { type Session } from '../../sessions/session.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { isoTime } from '../iso-time.js';
import { type Answer, type MessageHandler } from '../message-handler.js';
import { PingMessage } from '../messages/ping.dto.js';

/** The most frequent message by far, served to everyone. */
@Injectable()
export class PingHandler implements MessageHandler<PingMessage> {
  readonly type = 'ping';
  readonly dto = PingMessage;
  readonly answerType = 'pong';
  readonly open = true;
  readonly unnumbered = true;

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  handle(_session: Session, _message: PingMessage): Answer {
    return { fields: `"timestamp":"${isoTime(this.clock.nowMs())}"` };
  }
}
