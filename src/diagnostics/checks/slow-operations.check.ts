import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, type Clock } from '../../shared/clock.js';
import { type SlowOperation, SlowOperations } from '../../tools/slow-operations.service.js';
import { type Check } from '../check.js';
import { type Cure, type Judgement, ok, warning } from '../finding.js';

const WINDOW_MS = 600_000;
const SHOWN = 10;

type Part = 'queue' | 'lock' | 'engine' | 'encode' | 'other';

const REMEDIES: Readonly<Record<Part, { readonly cause: string; readonly cure: Cure }>> = {
  queue: {
    cause: 'calls wait for a place to run',
    cure: { what: 'let more run at once', setting: 'resilience.maxConcurrentOperations=20' },
  },
  lock: {
    cause: 'calls wait for another one that writes to the same repository',
    cure: { what: 'see who holds it', command: 'mcp-git-server doctor --only git' },
  },
  engine: {
    cause: 'git itself takes long: a large repository, a slow disk or a slow remote',
    cure: { what: 'let git tidy the repository up', command: 'git -C REPOSITORY gc' },
  },
  encode: {
    cause: 'answers are very large',
    cure: {
      what: 'ask for less: a lower max_count, a path',
      command: 'mcp-git-server doctor --only latency',
    },
  },
  other: {
    cause: 'the server itself takes long',
    cure: { what: 'find what keeps it busy', command: 'mcp-git-server profile cpu' },
  },
};

@Injectable()
export class SlowOperationsCheck implements Check {
  readonly id = 'latency.slow';
  readonly section = 'latency';
  readonly guide = 'High Latency';
  readonly looksAt = 'calls over diagnostics.slowOperation in the last ten minutes, with their parts';

  constructor(
    private readonly slow: SlowOperations,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  judge(): Judgement {
    const since = new Date(this.clock.nowMs() - WINDOW_MS).toISOString();
    const recent = this.slow.all().filter(({ at }) => at >= since);
    const { thresholdMs, total } = this.slow;
    const operations = recent.slice(0, SHOWN).map((operation) => ({ ...operation }));
    const figures = { threshold_ms: thresholdMs, recent: recent.length, total, operations };
    const [slowest] = recent.toSorted((one, other) => other.total_ms - one.total_ms);
    if (!slowest) return ok(`no call took longer than ${thresholdMs} ms in the last ten minutes`, figures);
    const part = largestPart(slowest);
    const { cause, cure } = REMEDIES[part];
    const summary = `${recent.length} calls took longer than ${thresholdMs} ms; ${slowest.tool} took ${Math.round(slowest.total_ms)} ms, most of it: ${part}`;
    return warning(summary, figures, { cause, cures: [cure] });
  }
}

function largestPart(operation: SlowOperation): Part {
  const parts: [Part, number][] = [
    ['queue', operation.queue_ms],
    ['lock', operation.lock_ms],
    ['engine', operation.engine_ms],
    ['encode', operation.encode_ms],
    ['other', operation.other_ms],
  ];
  return parts.reduce((largest, part) => (part[1] > largest[1] ? part : largest))[0];
}
