import { Body, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';

import { SessionsConfig } from '../../config/sections/index.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { SessionRestorer } from '../../sessions/resume/session-restorer.service.js';
import { type StoredSessionView } from '../../sessions/resume/stored-session.view.js';
import { SessionSweepJob } from '../../sessions/session-sweep.job.js';
import { type Session } from '../../sessions/session.js';
import { type SessionView, viewOf } from '../../sessions/session.view.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { CLOSE, ServerError } from '../../shared/errors/index.js';
import { AdminController } from '../access/admin.controller.js';
import { BodyPipe } from '../access/body.pipe.js';
import { Summary } from '../access/summary.js';
import { CleanBody, durationOf } from '../bodies/admin.bodies.js';
import { type Page, pageOf, PageQuery } from '../bodies/page.query.js';

const STORE_PATIENCE_MS = 5_000;

/** A session as an operator sees it. */
interface OperatorView extends SessionView {
  readonly principal: string | null;
  readonly repository: string | null;
  readonly running_requests: readonly string[];
}

@AdminController('sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionRegistry,
    private readonly sweep: SessionSweepJob,
    private readonly config: SessionsConfig,
    private readonly restorer: SessionRestorer,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Summary('Sessions in the order of their beginning, with counters and ages')
  list(@Query(BodyPipe) query: PageQuery): Page<OperatorView> {
    return pageOf(
      [...this.sessions.all()].map((session) => this.view(session)),
      query,
    );
  }

  @Get(':id')
  @Summary('One session, live or only in the store')
  async one(@Param('id') id: string): Promise<OperatorView | StoredSessionView> {
    const session = this.sessions.get(id);
    if (session !== undefined) return this.view(session);
    return (await this.restorer.look(id, AbortSignal.timeout(STORE_PATIENCE_MS))) ?? this.view(this.find(id));
  }

  @Delete(':id')
  @Summary('Ends one session; what it runs is cancelled')
  end(@Param('id') id: string): { ended: string } {
    const session = this.find(id);
    this.sessions.close(session, CLOSE.policyViolation, 'ended by an operator');
    return { ended: session.id };
  }

  @Post('clean')
  @HttpCode(200)
  @Summary('Closes sessions that nobody has used for a while, sessions in error, and half-open sockets, now')
  clean(@Body(BodyPipe) { idle }: CleanBody): {
    idle_ms: number;
    idle: number;
    failed: number;
    half_open: number;
  } {
    const idleMs = idle === undefined ? this.config.idleTimeout : durationOf(idle, 'idle');
    const closed = this.sweep.closeIdle(idleMs);
    const { idle: more, failed, halfOpen } = this.sweep.sweep();
    return { idle_ms: idleMs, idle: closed + more, failed, half_open: halfOpen };
  }

  private find(id: string): Session {
    const session = this.sessions.get(id);
    if (session) return session;
    throw new ServerError('session_expired', 'There is no session of that id; list them first');
  }

  private view(session: Session): OperatorView {
    return {
      ...viewOf(session, this.clock),
      principal: session.principal?.name ?? null,
      repository: session.repository ?? null,
      running_requests: session.activeRequestIds(),
    };
  }
}
