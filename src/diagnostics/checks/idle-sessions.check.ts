import { Inject, Injectable } from '@nestjs/common';

import { DiagnosticsConfig, SessionsConfig } from '../../config/sections/index.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';

@Injectable()
export class IdleSessionsCheck implements Check {
  readonly id = 'sessions.idle';
  readonly section = 'sessions';
  readonly guide = 'Sessions Not Cleaning Up';
  readonly looksAt = 'how many sessions there are, how many are active and how many nobody uses';

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly config: DiagnosticsConfig,
    private readonly limits: SessionsConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  judge(): Judgement {
    const { idleAge, maxIdleSessions } = this.config;
    const before = this.clock.monotonicMs() - idleAge;
    let idle = 0;
    for (const { lastActiveAt } of this.sessions.longestIdleFirst()) {
      if (lastActiveAt > before) break;
      idle += 1;
    }
    const { size, counts } = this.sessions;
    const idle_after_s = idleAge / 1_000;
    const figures = {
      total: size,
      active: counts.ACTIVE + counts.CREATED,
      idle,
      idle_after_s,
      max_idle: maxIdleSessions,
      closed_after_s: this.limits.idleTimeout / 1_000,
    };
    const said = `${idle} of ${size} sessions are idle for over ${idle_after_s} s`;
    if (idle <= maxIdleSessions) return ok(said, figures);
    const body = { idle: `${idle_after_s}s` };
    return warning(`${said}: a clean-up is needed`, figures, {
      cause: 'clients stay connected without using their session, and sessions.idleTimeout lets them',
      cures: [
        {
          what: 'close the idle sessions now',
          command: `mcp-git-server sessions clean --idle ${idle_after_s}s`,
          call: { method: 'POST', path: '/admin/sessions/clean', body },
          safe: true,
        },
        { what: 'close them after 30 minutes from now on', setting: 'sessions.idleTimeout=30m' },
        {
          what: 'start with the preset for it',
          command: 'mcp-git-server serve --profile aggressive-cleanup',
        },
      ],
    });
  }
}
