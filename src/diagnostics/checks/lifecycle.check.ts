import { Inject, Injectable } from '@nestjs/common';

import { Lifecycle } from '../../observability/lifecycle.service.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { type Check } from '../check.js';
import { failed, type Judgement, ok, warning } from '../finding.js';

@Injectable()
export class LifecycleCheck implements Check {
  readonly id = 'startup.phase';
  readonly section = 'startup';
  readonly guide = "Server Won't Start";
  readonly looksAt = 'whether the server has started and takes in work';
  private readonly startedAt: number;

  constructor(
    private readonly lifecycle: Lifecycle,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.startedAt = clock.monotonicMs();
  }

  judge(): Judgement {
    const { phase } = this.lifecycle;
    const uptime_s = Math.round((this.clock.monotonicMs() - this.startedAt) / 1_000);
    const figures = { phase, uptime_s, pid: process.pid, node: process.version };
    if (phase === 'ready') return ok(`the server is ready, since ${uptime_s} s`, figures);
    if (phase === 'starting') {
      const cures = [
        { what: 'look what holds it up in the log', command: 'mcp-git-server logs --level warn' },
      ];
      return failed('the server is still starting', figures, {
        cause: 'a module has not come up yet',
        cures,
      });
    }
    const call = { method: 'POST', path: '/admin/accept' } as const;
    const cure = { what: 'take in work again', command: 'mcp-git-server accept', call };
    return warning('the server is draining and takes in no new work', figures, {
      cause: 'an operator, or a signal, asked it to',
      cures: [cure],
    });
  }
}
