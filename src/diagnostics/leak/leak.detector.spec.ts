import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ManualClock } from '../../../test/support/manual-clock.js';
import { DiagnosticsConfig } from '../../config/sections/index.js';
import { type ScheduledJobs } from '../../observability/scheduled-jobs.service.js';
import { ResourceLedger } from '../../resources/resource.ledger.js';
import { type SessionRegistry } from '../../sessions/session.registry.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { AfterGcObserver } from '../samplers/after-gc.observer.js';
import { LeakDetector } from './leak.detector.js';
import { theilSenSlope } from './theil-sen.js';

const MIB = 2 ** 20;
const MINUTE_MS = 60_000;
const planted: object[] = [];

describe('Theil-Sen', () => {
  it('finds the slope of a line, whatever a quarter of the points do', () => {
    const points = Array.from({ length: 40 }, (_, index) => ({
      atMs: index * 10,
      value: index % 4 === 0 ? 1e9 : index * 30,
    }));

    expect(theilSenSlope(points)).toBeCloseTo(3, 0);
  });

  it.each([[[]], [[{ atMs: 1, value: 5 }]]])('has no slope for %o', (points) => {
    expect(theilSenSlope(points)).toBe(0);
  });
});

describe('Leak detector', () => {
  let clock: ManualClock;
  let afterGc: AfterGcObserver;
  let ledger: ResourceLedger;
  let sessions: { size: number };
  let detector: LeakDetector;

  afterEach(async () => {
    planted.length = 0;
    await detector.onApplicationShutdown();
  });

  beforeEach(() => {
    clock = new ManualClock();
    afterGc = new AfterGcObserver(clock, new MetricsRegistry());
    ledger = new ResourceLedger(clock);
    sessions = { size: 5 };
    const jobs = { every: () => undefined } as unknown as ScheduledJobs;
    const registry = sessions as unknown as SessionRegistry;
    detector = new LeakDetector(new DiagnosticsConfig(), afterGc, ledger, registry, jobs);
  });

  it('suspects a leak in a server whose heap is collected twice a second, as one that is short of memory is', () => {
    for (let half = 0; half < 240; half += 1) {
      clock.advance(500);
      afterGc.note(50 * MIB + half * MIB);
    }

    expect(detector.report()).toMatchObject({ suspected: true, points: 120, floorRises: true });
  });

  /** What collections of an hour leave behind, one a minute. */
  function collect(bytesAt: (minute: number) => number): void {
    for (let minute = 0; minute < 60; minute += 1) {
      clock.advance(MINUTE_MS);
      afterGc.note(bytesAt(minute));
      if (minute % 10 === 0) void detector.snapshot();
    }
  }

  it('accuses no idle server: each collection recovers nothing, which the guide took for a leak', () => {
    collect(() => 40 * MIB);

    expect(detector.report()).toMatchObject({ suspected: false, evidence: [], growthPerHour: 0 });
  });

  it('accuses no busy server whose heap goes up and down', () => {
    collect((minute) => (60 + 30 * Math.sin(minute)) * MIB);

    expect(detector.report().suspected).toBe(false);
  });

  it('accuses no server that warms up and then stays', () => {
    collect((minute) => Math.min(80, 40 + minute * 8) * MIB);

    expect(detector.report().suspected).toBe(false);
  });

  it('suspects a heap that only grows, and says by how much', () => {
    collect((minute) => (40 + minute + (minute % 3)) * MIB);

    const { suspected, evidence } = detector.report();

    expect(suspected).toBe(true);
    expect(evidence[0]).toMatch(/^the heap after 60 collections grew by \d+\.\d MiB \(\d+ % an hour\)/);
  });

  it('takes many more sessions for the reason of more memory', () => {
    collect((minute) => (40 + minute) * MIB);
    sessions.size = 500;
    detector.snapshot();

    expect(detector.report()).toMatchObject({ suspected: false, floorRises: true });
  });

  it('suspects resources of which there are more each time', () => {
    for (let snapshot = 0; snapshot < 5; snapshot += 1) {
      ledger.acquire({ type: 'watcher', label: 'planted' });
      void detector.snapshot();
    }

    expect(detector.report().evidence).toEqual(['watcher: 1, 2, 3, 4, 5 in the last snapshots']);
  });

  it('names who allocated between two snapshots what is still in use, once it suspects a leak', async () => {
    for (let snapshot = 0; snapshot < 5; snapshot += 1) {
      ledger.acquire({ type: 'watcher', label: 'planted' });
      await detector.snapshot();
    }
    plantsLeak();
    ledger.acquire({ type: 'watcher', label: 'planted' });
    await detector.snapshot();

    const { evidence, allocated } = detector.report();
    await detector.onApplicationShutdown();

    const found = allocated.find((one) => one.function === 'plantsLeak');
    expect(found?.bytes).toBeGreaterThan(2 * MIB);
    expect(evidence.at(-1)).toMatch(/^allocated since the snapshot before and still in use: .*plantsLeak \(/);
  });

  it('looks at no allocations where it suspects nothing', async () => {
    for (let snapshot = 0; snapshot < 5; snapshot += 1) await detector.snapshot();
    plantsLeak();
    await detector.snapshot();

    expect(detector.report()).toMatchObject({ suspected: false, allocated: [], evidence: [] });
  });
});

function plantsLeak(): void {
  for (let number = 0; number < 100_000; number += 1) planted.push({ number, text: `planted ${number}` });
}
