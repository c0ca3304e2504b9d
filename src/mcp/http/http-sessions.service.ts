import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { ScheduledJobs } from '../../observability/scheduled-jobs.service.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { CLOSE } from '../../shared/errors/index.js';
import { isSamePrincipal, type Principal } from '../../shared/principal.js';
import { McpServerFactory } from '../core/mcp-server.factory.js';
import { type HttpSession } from './http-session.js';

/** Sessions are looked at this often within their time to live, and never less often than this. */
const LOOKS_PER_LIFE = 4;
const MAX_PERIOD_MS = 60_000;

/** The sessions of /mcp, by the id that clients send in `Mcp-Session-Id`. */
@Injectable()
export class HttpSessions implements OnApplicationBootstrap {
  private readonly sessions = new Map<string, HttpSession>();

  constructor(
    private readonly registry: SessionRegistry,
    private readonly factory: McpServerFactory,
    private readonly jobs: ScheduledJobs,
    private readonly config: McpConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    const period = Math.min(MAX_PERIOD_MS, Math.ceil(this.config.sessionTimeout / LOOKS_PER_LIFE));
    this.jobs.every('mcp.sessions', period, () => this.forgetUnused());
  }

  /** @returns nothing where the id is not known, or the session is another principal's: who asks learns nothing */
  find(id: string, principal: Principal): HttpSession | undefined {
    const found = this.sessions.get(id);
    if (!found?.isOpen || !isSamePrincipal(found.principal, principal)) return undefined;
    // A newer token of the same subject may allow more, or less.
    found.principal = found.session.principal = principal;
    return found;
  }

  /** @throws ServerError `session_limit_reached` */
  async open(principal: Principal): Promise<HttpSession> {
    // With the first session, for the same reason as in StatelessHttp.
    const { HttpSession } = await import('./http-session.js');
    const opened = new HttpSession(principal, (gone) => this.forget(gone));
    opened.session = this.registry.begin(opened, principal);
    opened.session.activate();
    this.sessions.set(opened.session.id, opened);
    await opened.connect(this.factory.create(opened.peer));
    return opened;
  }

  /** Notes that a session is used, or was until now. */
  touch({ session }: HttpSession): void {
    if (session.isOpen) session.touch(this.clock.monotonicMs());
  }

  private forgetUnused(): void {
    const before = this.clock.monotonicMs() - this.config.sessionTimeout;
    for (const httpSession of this.sessions.values()) {
      const { session, inUse } = httpSession;
      if (inUse || session.activeOperations > 0) this.touch(httpSession);
      else if (session.lastActiveAt <= before)
        this.registry.close(session, CLOSE.idle, 'unused for too long');
    }
  }

  private forget({ session }: HttpSession): void {
    this.sessions.delete(session.id);
    this.registry.forget(session);
  }
}
