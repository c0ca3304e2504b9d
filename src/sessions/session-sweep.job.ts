import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';

import { SessionsConfig } from '../config/sections/index.js';
import { ScheduledJobs } from '../observability/scheduled-jobs.service.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { CLOSE, ERROR_TABLE } from '../shared/errors/index.js';
import { SessionRegistry } from './session.registry.js';

const SESSION_IN_ERROR = ERROR_TABLE.corrupted_session_state.closeCode ?? CLOSE.policyViolation;

export interface SweepOutcome {
  readonly idle: number;
  readonly failed: number;
  readonly halfOpen: number;
  /** Sessions whose client did not come back in time. */
  readonly expired: number;
}

/** Closes sessions that nobody uses, sessions in ERROR, and what is left of sockets that ended without a word. */
@Injectable()
export class SessionSweepJob implements OnApplicationBootstrap {
  private readonly logger = new Logger(SessionSweepJob.name);

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly config: SessionsConfig,
    private readonly jobs: ScheduledJobs,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.every('sessions.sweep', this.config.sweepInterval, () => void this.sweep());
  }

  sweep(): SweepOutcome {
    const outcome = { idle: this.closeIdle(this.config.idleTimeout), ...this.closeBroken() };
    if (outcome.idle + outcome.failed + outcome.halfOpen + outcome.expired > 0)
      this.logger.log('Sessions swept', { ...outcome });
    return outcome;
  }

  /** @param idleMs sessions without use for at least this long; a running operation is use */
  closeIdle(idleMs: number): number {
    const before = this.clock.monotonicMs() - idleMs;
    let closed = 0;
    for (const session of this.sessions.longestIdleFirst()) {
      if (session.lastActiveAt > before) break;
      if (session.activeOperations > 0) continue;
      session.idleTimeouts += 1;
      this.sessions.close(session, CLOSE.idle, 'idle for too long');
      closed += 1;
    }
    return closed;
  }

  private closeBroken(): Omit<SweepOutcome, 'idle'> {
    const found = { failed: 0, halfOpen: 0, expired: 0 };
    const parkedBefore = this.clock.monotonicMs() - this.config.resumeWindow;
    for (const session of this.sessions.all()) {
      if (session.state.name === 'ERROR') {
        this.sessions.close(session, SESSION_IN_ERROR, 'session in error');
        found.failed += 1;
      } else if (session.parked) {
        if ((session.continuity?.parkedAt ?? 0) > parkedBefore) continue;
        this.sessions.close(session, CLOSE.idle, 'its client did not come back');
        found.expired += 1;
      } else if (session.isOpen && !session.connection.isOpen) {
        const { connection } = session;
        this.sessions.park(session);
        connection.terminate();
        // Only one that can be resumed waits for its client.
        if (!session.parked) this.sessions.forget(session);
        found.halfOpen += 1;
      }
    }
    return found;
  }
}
