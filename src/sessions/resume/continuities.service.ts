import { Injectable } from '@nestjs/common';

import { SessionsConfig } from '../../config/sections/index.js';
import { CLOSE } from '../../shared/errors/index.js';
import { principalKey } from '../../shared/principal.js';
import { type BegunRequest } from '../store/entry.js';
import { type StoredSession } from '../store/stored-session.js';
import { SessionRegistry, type SessionListener } from '../session.registry.js';
import { type Session } from '../session.js';
import { Continuity } from './continuity.js';
import { type PlacedFrame } from './frame-room.js';
import { Outbox } from './outbox.js';
import { ResumeTokens, type TokenDigests } from './resume-tokens.js';
import { SessionArchive } from './session-archive.service.js';

export interface RestoredPlace {
  readonly fence: number;
  /** For how long its client has been gone. */
  readonly awayMs: number;
  /** That the store has of it. */
  readonly bytes?: number;
}

/** Makes sessions outlive their connections, and the process where the store does. */
@Injectable()
export class Continuities implements SessionListener {
  constructor(
    private readonly config: SessionsConfig,
    private readonly archive: SessionArchive,
    sessions: SessionRegistry,
  ) {
    sessions.listen(this);
    archive.whenTaken((session) => sessions.close(session, CLOSE.takenOver, 'resumed at another server'));
  }

  /** From here on the session's frames are numbered. Beginning twice changes nothing. */
  begin(session: Session): Continuity {
    if (session.continuity !== undefined) return session.continuity;
    const owner = session.principal === undefined ? '' : principalKey(session.principal);
    const continuity = this.continuityOf(session, owner);
    continuity.outbox.attach(session.connection, 0);
    this.archive.open(session);
    return continuity;
  }

  /** Gives a session that comes from the store what it had. */
  restore(session: Session, stored: StoredSession, { fence, awayMs, bytes = 0 }: RestoredPlace): void {
    const { owner, tokens } = stored.record;
    const continuity = this.continuityOf(session, owner, tokens);
    continuity.parkedAt = session.lastActiveAt - awayMs;
    continuity.outbox.restore(stored.frames, stored.lastSeq, stored.record.provisionalFrom);
    this.archive.open(session, fence, stored.unfinished, bytes);
  }

  /** The session is to go on in the next process. @returns whether it can */
  keep(session: Session): boolean {
    if (!this.archive.durable || session.continuity === undefined || !session.isOpen) return false;
    void session.continuity.journal.save();
    session.survives = true;
    return true;
  }

  /** Whether what a session is told to come back for is there in the next process. */
  survives({ continuity }: Session): boolean {
    return this.archive.durable && continuity !== undefined;
  }

  sessionOpened(): void {}

  sessionClosed(session: Session): void {
    if (session.survives) this.archive.leave(session);
    else this.archive.remove(session);
  }

  sessionParked(session: Session): void {
    void this.archive.save(session);
  }

  private continuityOf(session: Session, owner: string, digests?: TokenDigests): Continuity {
    const log = {
      frame: (frame: PlacedFrame, requestId: string | undefined) =>
        this.archive.frame(session, frame, requestId),
    };
    const journal = {
      save: () => this.archive.save(session),
      begin: (request: BegunRequest, isRead = false) => this.archive.begin(session, request, isRead),
      settle: () => this.archive.settle(session),
      renew: () => this.archive.renew(session),
    };
    const outbox = new Outbox(this.config.replay, log);
    session.continuity = new Continuity(owner, outbox, new ResumeTokens(digests), journal);
    return session.continuity;
  }
}
