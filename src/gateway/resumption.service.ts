import { Injectable, Logger } from '@nestjs/common';

import { SessionsConfig } from '../config/sections/index.js';
import { Continuities } from '../sessions/resume/continuities.service.js';
import { readToken } from '../sessions/resume/resume-tokens.js';
import { SessionRestorer } from '../sessions/resume/session-restorer.service.js';
import { SessionRegistry } from '../sessions/session.registry.js';
import { type Session } from '../sessions/session.js';
import { ServerError } from '../shared/errors/index.js';
import { principalKey } from '../shared/principal.js';
import { principalOf } from './access.rule.js';
import { GatewaySocket } from './gateway-socket.js';
import { GatewayMetrics } from './gateway.metrics.js';
import { type ResumeRequest } from './messages/initialize.dto.js';

/** What a client is told of resuming its session. */
export interface ResumeOffer {
  /** Serves once. */
  readonly token: string;
  /** How long the client may stay away, in milliseconds. */
  readonly window_ms: number;
  /** Frames after `last_seq` that follow this answer. */
  readonly replayed: number;
  /** Frames after `last_seq` that are no longer kept. */
  readonly lost: number;
}

/**
 * `saving` ends when the store has the token, or does not take it within its own time limit; there is none where that is known
 * already. A token that is told before could be one that nobody knows, were the server killed in between.
 */
export interface Issued {
  readonly offer: ResumeOffer;
  readonly saving: Promise<void> | undefined;
}

export interface Resumed {
  readonly session: Session;
  readonly offer: ResumeOffer;
  /** Begins the replay; to be called once the offer has been sent. */
  readonly replay: () => void;
}

/** Takes a client that has come back to the session that it had. */
@Injectable()
export class Resumption {
  private readonly logger = new Logger(Resumption.name);

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly continuities: Continuities,
    private readonly restorer: SessionRestorer,
    private readonly config: SessionsConfig,
    private readonly metrics: GatewayMetrics,
  ) {}

  /** The session outlives its connection from here on. */
  offer(session: Session): Issued {
    const { tokens, journal } = this.continuities.begin(session);
    const token = tokens.issue(session.id);
    const offer = { token, window_ms: this.config.resumeWindow, replayed: 0, lost: 0 };
    return { offer, saving: journal.save() };
  }

  /**
   * @param fresh the session that the new connection came with; it ends where the old one is found
   * @param prepare called before anything is changed; what it throws is the answer
   * @throws ServerError `session_expired`, after which `fresh` is as usable as before; `security_breach`; `forbidden`
   *   before authentication, and where `fresh` is already at work
   */
  async resume(
    fresh: Session,
    request: ResumeRequest,
    prepare: (session: Session) => void,
  ): Promise<Resumed> {
    const key = principalKey(principalOf(fresh));
    const session = await this.find(fresh, request.token);
    this.check(session, fresh, key);
    prepare(session);
    session.principal = fresh.principal;
    const { offer, saving } = this.rejoin(session, fresh, request.last_seq);
    const { connection } = session;
    const replay = () => {
      if (session.connection === connection) session.continuity?.outbox.attach(connection, request.last_seq);
    };
    this.metrics.resumed(offer.lost > 0 ? 'with_loss' : 'whole');
    this.logger.log('Session resumed', {
      session_id: session.id,
      replayed: offer.replayed,
      lost: offer.lost,
    });
    // The numbers of what is replayed are the store's as well by then.
    await saving;
    return { session, offer, replay };
  }

  private async find(fresh: Session, token: string): Promise<Session> {
    const read = readToken(token);
    const session = read && (await this.stored(read.sessionId));
    const isGood = session?.isOpen === true && session.continuity?.tokens.accept(read?.secret ?? '') === true;
    if (session !== undefined && isGood && session !== fresh && fresh.isOpen) return session;
    this.metrics.resumed('expired');
    throw new ServerError(
      'session_expired',
      'there is no session to resume with this token; this one is new: send initialize without resume',
      { details: { session_id: fresh.id } },
    );
  }

  private async stored(id: string): Promise<Session | undefined> {
    return this.sessions.get(id) ?? (await this.restorer.find(id, new AbortController().signal));
  }

  private check(session: Session, fresh: Session, key: string): void {
    if (session.continuity?.owner !== key) {
      this.metrics.resumed('breach');
      this.logger.warn('Session claimed by another principal', { session_id: session.id });
      throw new ServerError('security_breach', 'the token belongs to a session of another principal');
    }
    if (fresh.activeOperations > 0) throw inUse();
  }

  private rejoin(session: Session, fresh: Session, lastSeq: number): Issued {
    const { connection } = fresh;
    if (!(connection instanceof GatewaySocket)) throw inUse();
    this.sessions.rejoin(session, connection);
    this.sessions.forget(fresh);
    void connection.mcp?.close();
    connection.mcp = undefined;
    connection.session = session;
    const { outbox, journal } = this.continuities.begin(session);
    if (outbox.meet(lastSeq)) journal.renew();
    const { offer, saving } = this.offer(session);
    return { offer: { ...offer, ...outbox.remainderAfter(lastSeq) }, saving };
  }
}

function inUse(): ServerError {
  return new ServerError('forbidden', 'this connection is in use already; resume on a new one');
}
