import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { Authenticator } from '../auth/authenticator.service.js';
import { AuthConfig } from '../config/sections/index.js';
import { SessionRegistry } from '../sessions/session.registry.js';
import { type Session } from '../sessions/session.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { ERROR_TABLE, ServerError } from '../shared/errors/index.js';
import { ErrorReply } from './error.reply.js';

/** Closes sockets that never say who they are. One timer for all: their deadlines come in the order they connected. */
@Injectable()
export class AuthDeadline implements OnApplicationShutdown {
  private waiting: Session[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: AuthConfig,
    private readonly authenticator: Authenticator,
    private readonly sessions: SessionRegistry,
    private readonly replies: ErrorReply,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = [];
  }

  watch(session: Session): void {
    if (!this.authenticator.required || session.principal !== undefined) return;
    this.waiting.push(session);
    if (this.timer === undefined) this.arm(this.config.deadline);
  }

  private arm(ms: number): void {
    this.timer = setTimeout(() => this.expire(), ms);
  }

  private expire(): void {
    this.timer = undefined;
    const now = this.clock.monotonicMs();
    const isDue = ({ startedAt }: Session) => startedAt + this.config.deadline <= now;
    const firstLater = this.waiting.findIndex((session) => !isDue(session));
    const due = this.waiting.splice(0, firstLater === -1 ? this.waiting.length : firstLater);
    for (const session of due) this.end(session);
    const [next] = this.waiting;
    if (next !== undefined) this.arm(Math.max(1, Math.ceil(next.startedAt + this.config.deadline - now)));
  }

  // A client that has said nothing is told nothing: the server never speaks first.
  private end(session: Session): void {
    if (session.principal !== undefined || !session.isOpen) return;
    if (session.messageCount > 0) {
      const message = 'no valid token was given in time; send it at the upgrade or in initialize';
      return this.replies.send(session, null, new ServerError('authentication_failed', message));
    }
    session.fail();
    this.sessions.close(
      session,
      ERROR_TABLE.authentication_failed.closeCode ?? 1008,
      'authentication_failed',
    );
  }
}
