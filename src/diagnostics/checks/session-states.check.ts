import { Injectable } from '@nestjs/common';

import { HealthConfig, SessionsConfig } from '../../config/sections/index.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';

@Injectable()
export class SessionStatesCheck implements Check {
  readonly id = 'sessions.states';
  readonly section = 'sessions';
  readonly guide = 'Sessions Not Cleaning Up';
  readonly looksAt = 'sessions by state, sessions in error, and how near the limit they are';

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly config: SessionsConfig,
    private readonly health: HealthConfig,
  ) {}

  judge(): Judgement {
    const { open, counts, runningOperations } = this.sessions;
    const figures = { open, max: this.config.max, operations: runningOperations, states: { ...counts } };
    if (counts.ERROR > 0) {
      return warning(`${counts.ERROR} sessions are in error`, figures, {
        cause: 'they ended with a critical error and their connection is still closing',
        cures: [
          {
            what: 'close them now',
            command: 'mcp-git-server sessions clean',
            call: { method: 'POST', path: '/admin/sessions/clean' },
          },
        ],
      });
    }
    if (open < this.config.max * this.health.sessionsDegradedRatio)
      return ok(`${open} of at most ${this.config.max} sessions`, figures);
    return warning(`${open} of at most ${this.config.max} sessions are open`, figures, {
      cause: 'more clients than the server is set up for, or clients that do not close their sessions',
      cures: [{ what: 'allow more', setting: `sessions.max=${this.config.max * 2}` }],
    });
  }
}
