import { Injectable } from '@nestjs/common';

import { GitConfig, ResilienceConfig } from '../../config/sections/index.js';
import { OperationExecutor } from '../../resilience/operation.executor.js';
import { ResourceLedger } from '../../resources/resource.ledger.js';
import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';

const NEARLY_FULL = 0.5;
const SHOWN = 10;

@Injectable()
export class QueuesCheck implements Check {
  readonly id = 'git.queues';
  readonly section = 'git';
  readonly guide = 'High CPU Usage: Implement backpressure';
  readonly looksAt = 'operations that run and wait, and writer locks that are held for long';

  constructor(
    private readonly executor: OperationExecutor,
    private readonly resources: ResourceLedger,
    private readonly limits: ResilienceConfig,
    private readonly git: GitConfig,
  ) {}

  judge(): Judgement {
    const { running, queued } = this.executor.stats();
    const locks = this.resources.all().filter(({ type }) => type === 'lock');
    const old = locks.filter(({ ageMs }) => ageMs > this.git.lockTimeout);
    const { maxConcurrentOperations, maxQueuedOperations } = this.limits;
    const figures = {
      running,
      max_running: maxConcurrentOperations,
      queued,
      max_queued: maxQueuedOperations,
      locks: locks
        .slice(0, SHOWN)
        .map(({ label, owner, ageMs }) => ({ label, owner, age_s: Math.round(ageMs / 1_000) })),
    };
    if (queued > maxQueuedOperations * NEARLY_FULL) {
      return warning(`${queued} operations wait, ${running} run`, figures, {
        cause: 'more work comes in than the limits let through',
        cures: [
          {
            what: 'let more run at once',
            setting: `resilience.maxConcurrentOperations=${maxConcurrentOperations * 2}`,
          },
        ],
      });
    }
    if (old.length === 0)
      return ok(
        `${running} operations run, ${queued} wait, ${locks.length} repositories are locked`,
        figures,
      );
    return warning(`${old.length} repositories are locked for longer than others wait for them`, figures, {
      cause: 'a writing operation takes long: ' + old.map(({ label }) => label).join(', '),
      cures: [
        { what: 'see which operation it is and end it', command: 'mcp-git-server operations list' },
        { what: 'let others wait longer', setting: 'git.lockTimeout=60s' },
      ],
    });
  }
}
