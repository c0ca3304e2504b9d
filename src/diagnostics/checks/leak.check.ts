import { Injectable } from '@nestjs/common';

import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';
import { LeakDetector } from '../leak/leak.detector.js';

@Injectable()
export class LeakCheck implements Check {
  readonly id = 'memory.leak';
  readonly section = 'memory';
  readonly guide = 'Detecting Memory Leaks';
  readonly looksAt =
    'the trend of the heap after collections, and the counts of resources in the last snapshots';

  constructor(private readonly detector: LeakDetector) {}

  judge(): Judgement {
    const { suspected, evidence, points, bytesPerHour, growthPerHour, floorRises, snapshots, allocated } =
      this.detector.report();
    const figures = {
      collections: points,
      bytes_per_hour: Math.round(bytesPerHour),
      growth_per_hour: Math.round(growthPerHour * 1_000) / 1_000,
      floor_rises: floorRises,
      evidence,
      allocated: allocated.map((one) => ({ ...one })),
      snapshots: snapshots.map(({ at, sessions, resources }) => ({
        at,
        sessions,
        resources: { ...resources },
      })),
    };
    if (!suspected) return ok(`no leak is suspected, after ${points} collections of the heap`, figures);
    return warning(`a leak is suspected: ${evidence.join('; ')}`, figures, {
      cause: 'something is kept that nobody needs any more',
      cures: [
        { what: 'name who allocates it', command: 'mcp-git-server profile heap' },
        {
          what: 'release what belongs to nobody',
          command: 'mcp-git-server resources sweep',
          call: SWEEP,
          safe: true,
        },
        { what: 'begin anew without losing sessions', command: 'mcp-git-server restart' },
      ],
    });
  }
}

const SWEEP = { method: 'POST', path: '/admin/resources/sweep' } as const;
