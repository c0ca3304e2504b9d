import { Inject, Injectable } from '@nestjs/common';

import { type Session } from '../../sessions/session.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { isoTime } from '../iso-time.js';
import { type Answer, type MessageHandler } from '../message-handler.js';
import { HeartbeatAckMessage, HeartbeatMessage } from '../messages/heartbeat.dto.js';

/** The client asks for a sign of life, and gives one by asking. */
@Injectable()
export class HeartbeatHandler implements MessageHandler<HeartbeatMessage> {
  readonly type = 'heartbeat';
  readonly dto = HeartbeatMessage;
  readonly answerType = 'heartbeat_ack';
  readonly unnumbered = true;

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  handle(session: Session): Answer {
    session.beat(this.clock.monotonicMs());
    return { fields: `"timestamp":"${isoTime(this.clock.nowMs())}"` };
  }
}

/** The client answers our heartbeat. That is no use of the session: otherwise none with heartbeats would ever be idle. */
@Injectable()
export class HeartbeatAckHandler implements MessageHandler<HeartbeatAckMessage> {
  readonly type = 'heartbeat_ack';
  readonly dto = HeartbeatAckMessage;
  readonly idle = true;

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  handle(session: Session): undefined {
    session.beat(this.clock.monotonicMs());
  }
}
