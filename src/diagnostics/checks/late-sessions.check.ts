import { Injectable } from '@nestjs/common';

import { HeartbeatMonitor } from '../../heartbeat/heartbeat.monitor.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';

const SHOWN = 20;

@Injectable()
export class LateSessionsCheck implements Check {
  readonly id = 'heartbeat.sessions';
  readonly section = 'heartbeat';
  readonly guide = 'Heartbeat Failures';
  readonly looksAt = 'sessions not heard of for two intervals, and sessions that nobody watches';

  constructor(
    private readonly heartbeat: HeartbeatMonitor,
    private readonly sessions: SessionRegistry,
  ) {}

  judge(): Judgement {
    const ages = this.heartbeat.ages();
    const { intervalMs } = this.heartbeat.status();
    const late = [...ages].filter(([, age]) => age > intervalMs * 2);
    const unwatched = [...this.sessions.all()]
      .filter(
        ({ id, isOpen, parked, connection }) =>
          isOpen && !parked && connection.answersPings !== false && !ages.has(id),
      )
      .map(({ id }) => id);
    const figures = {
      watched: ages.size,
      late: late
        .slice(0, SHOWN)
        .map(([session_id, age]) => ({ session_id, silent_s: Math.round(age / 1_000) })),
      unwatched: unwatched.slice(0, SHOWN),
    };
    if (unwatched.length > 0) {
      const call = { method: 'POST', path: '/admin/heartbeat/restart' } as const;
      return warning(`${unwatched.length} sessions have no heartbeat record`, figures, {
        cause: 'they came while the monitor stood still',
        cures: [{ what: 'take them on', command: 'mcp-git-server heartbeat restart', call, safe: true }],
      });
    }
    if (late.length === 0) return ok(`all ${ages.size} sessions were heard of within two intervals`, figures);
    return warning(`${late.length} sessions were not heard of for two intervals`, figures, {
      cause: 'their clients hang or their network does; they are cut at the threshold',
      cures: [{ what: 'be more patient', setting: 'heartbeat.missedThreshold=5' }],
    });
  }
}
