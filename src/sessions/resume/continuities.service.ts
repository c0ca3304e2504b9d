import { Injectable } from '@nestjs/common';

import { SessionsConfig } from '../../config/sections/index.js';
import { type Session } from '../session.js';
import { Continuity } from './continuity.js';
import { type FrameLog, Outbox } from './outbox.js';
import { ResumeTokens } from './resume-tokens.js';

const NOTHING_LOGGED: FrameLog = { frame: () => undefined };

/** Makes sessions outlive their connections. */
@Injectable()
export class Continuities {
  constructor(private readonly config: SessionsConfig) {}

  /** From here on the session's frames are numbered. Beginning twice changes nothing. */
  begin(session: Session): Continuity {
    if (session.continuity !== undefined) return session.continuity;
    const outbox = new Outbox(this.config.replay, NOTHING_LOGGED);
    outbox.attach(session.connection, 0);
    session.continuity = new Continuity(outbox, new ResumeTokens());
    return session.continuity;
  }
}
