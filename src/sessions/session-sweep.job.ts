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
    if (outcome.idle + outcome.failed + outcome.halfOpen > 0)
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

  private closeBroken(): { failed: number; halfOpen: number } {
    const found = { failed: 0, halfOpen: 0 };
    for (const session of this.sessions.all()) {
      if (session.state.name === 'ERROR') {
        this.sessions.close(session, SESSION_IN_ERROR, 'session in error');
        found.failed += 1;
      } else if (session.isOpen && !session.connection.isOpen) {
        session.connection.terminate();
        this.sessions.forget(session);
        found.halfOpen += 1;
      }
    }
    return found;
  }
}
