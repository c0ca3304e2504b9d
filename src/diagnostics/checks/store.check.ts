import { Inject, Injectable } from '@nestjs/common';

import { ServerConfig, SessionsConfig } from '../../config/sections/index.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { SessionRestorer } from '../../sessions/resume/session-restorer.service.js';
import { SESSION_STORE, type SessionStore } from '../../sessions/store/session-store.port.js';
import { type Check } from '../check.js';
import { failed, type Judgement, ok, warning } from '../finding.js';

const ACKNOWLEDGE = { method: 'POST', path: '/admin/store/acknowledge' } as const;

const WHERE = {
  memory: 'sessions are kept in memory',
  file: 'sessions are kept in a folder and outlive the process',
  redis: 'sessions are kept in Redis and outlive the process',
} as const;

@Injectable()
export class StoreCheck implements Check {
  readonly id = 'store.sessions';
  readonly section = 'store';
  readonly guide = 'High Latency: Optimize database queries';
  readonly looksAt = 'where sessions are kept, and stored ones that are damaged';

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    private readonly restorer: SessionRestorer,
    private readonly sessions: SessionRegistry,
    private readonly config: SessionsConfig,
    private readonly server: ServerConfig,
  ) {}

  judge(): Judgement {
    const { kind, path } = this.config.store;
    const { quarantined } = this.restorer;
    const { durable } = this.store;
    const figures = { kind, durable, sessions: this.sessions.size, quarantined: [...quarantined] };
    if (quarantined.length > 0) {
      return failed(`${quarantined.length} stored sessions are damaged and were set aside`, figures, {
        cause:
          'the disk was full, lost power or was written to by somebody else; no other session is touched',
        cures: [
          {
            what: 'note that you have seen it',
            command: 'mcp-git-server store acknowledge',
            call: ACKNOWLEDGE,
          },
          { what: 'see whether the disk is full', command: 'mcp-git-server doctor --only disk' },
        ],
      });
    }
    const without = path === '' && this.server.port === 0;
    if (kind === 'file' && !durable && !without) {
      return warning('sessions are kept in memory, though they should outlive the process', figures, {
        cause: 'the default folder cannot be used; the log says why',
        cures: [{ what: 'name another folder', setting: 'sessions.store.path=/var/lib/mcp-git-server' }],
      });
    }
    return ok(WHERE[durable ? kind : 'memory'], figures);
  }
}
