import { Injectable } from '@nestjs/common';

import { HealthConfig } from '../../config/sections/index.js';
import { type Check } from '../check.js';
import { failed, type Judgement, ok, warning } from '../finding.js';
import { heapLimit, memoryLimit, MemorySampler } from '../samplers/memory.sampler.js';

const NEAR = 0.85;
const SHOWN = 12;

@Injectable()
export class MemoryUsageCheck implements Check {
  readonly id = 'memory.usage';
  readonly section = 'memory';
  readonly guide = 'High Memory Usage';
  readonly looksAt = 'heap, external memory and resident memory against their limits, with the last samples';

  constructor(
    private readonly sampler: MemorySampler,
    private readonly config: HealthConfig,
  ) {}

  judge(): Judgement {
    const now = this.sampler.now();
    const [heap_limit, machine_limit] = [heapLimit(), memoryLimit()];
    const samples = this.sampler
      .all()
      .slice(-SHOWN)
      .map((sample) => ({ ...sample }));
    const figures = { ...now, max_rss: this.config.maxRssBytes, heap_limit, machine_limit, samples };
    const said = `${mebibytes(now.rss)} MiB resident, ${mebibytes(now.heapUsed)} MiB of heap`;
    const cures = [
      { what: 'name the largest allocators', command: 'mcp-git-server profile heap' },
      {
        what: 'forget validation verdicts',
        command: 'mcp-git-server validation clear',
        call: CLEAR,
        safe: true,
      } as const,
      { what: 'hold fewer sessions', setting: 'sessions.max=500' },
    ];
    if (now.heapUsed > heap_limit * NEAR || now.rss > machine_limit * NEAR) {
      return failed(`memory is nearly used up: ${said}`, figures, {
        cause: 'more is in use than this process may have',
        cures,
      });
    }
    if (now.rss > this.config.maxRssBytes) {
      return warning(`memory is above health.maxRssBytes: ${said}`, figures, {
        cause: 'many sessions, large answers, or a leak (memory.leak tells)',
        cures,
      });
    }
    return ok(said, figures);
  }
}

const CLEAR = { method: 'POST', path: '/admin/validation/cache/clear' } as const;

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
