import { Injectable } from '@nestjs/common';

import { HeartbeatMonitor } from '../../heartbeat/heartbeat.monitor.js';
import { type Check } from '../check.js';
import { failed, type Judgement, ok, warning } from '../finding.js';

const RESTART = { method: 'POST', path: '/admin/heartbeat/restart' } as const;

@Injectable()
export class HeartbeatCheck implements Check {
  readonly id = 'heartbeat.monitor';
  readonly section = 'heartbeat';
  readonly guide = 'Heartbeat Failures';
  readonly looksAt =
    'whether the monitor runs, its interval and threshold, and whom it has cut in ten minutes';

  constructor(private readonly heartbeat: HeartbeatMonitor) {}

  judge(): Judgement {
    const status = this.heartbeat.status();
    const { running, intervalMs, missedThreshold, sessions, timeouts, recentTimeouts: recent } = status;
    const interval_s = intervalMs / 1_000;
    const figures = {
      running,
      interval_s,
      missed_threshold: missedThreshold,
      sessions,
      timeouts,
      recent_timeouts: recent,
    };
    if (!running) {
      const what = 'start it again';
      return failed('the heartbeat monitor is not running: dead clients are not noticed', figures, {
        cause: 'it was stopped',
        cures: [{ what, command: 'mcp-git-server heartbeat restart', call: RESTART, safe: true }],
      });
    }
    const said = `every ${interval_s} s, ${sessions} sessions are watched`;
    if (recent === 0) return ok(`the heartbeat runs: ${said}`, figures);
    return warning(`${recent} clients gave no sign of life in the last ten minutes and were cut`, figures, {
      cause: 'clients died or their network did; or they are slow and the settings are impatient',
      cures: [
        { what: 'be more patient', setting: 'heartbeat.interval=60s' },
        { what: 'and allow more misses', setting: 'heartbeat.missedThreshold=5' },
        {
          what: 'start with the preset for it',
          command: 'mcp-git-server serve --profile tolerant-heartbeat',
        },
      ],
    });
  }
}
