import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { DiagnosticsConfig } from '../../config/sections/index.js';
import { ScheduledJobs } from '../../observability/scheduled-jobs.service.js';
import { type ResourceType } from '../../resources/resource.js';
import { ResourceLedger } from '../../resources/resource.ledger.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { AfterGcObserver } from '../samplers/after-gc.observer.js';
import { type Allocator } from '../profiles/heap-profile.js';
import { AllocationSampler } from './allocation.sampler.js';
import { theilSenSlope } from './theil-sen.js';

/** What was in use at one time. */
export interface LeakSnapshot {
  /** ISO 8601. */
  readonly at: string;
  readonly sessions: number;
  readonly resources: Readonly<Record<ResourceType, number>>;
}

export interface LeakReport {
  /** Never more than a suspicion: only whoever reads the evidence can tell. */
  readonly suspected: boolean;
  readonly evidence: readonly string[];
  readonly points: number;
  /** Of the heap after major collections. */
  readonly bytesPerHour: number;
  /** The same as a share of what is in use, per hour. */
  readonly growthPerHour: number;
  /** Whether the heap never came back to what it was: each third of the time has a higher minimum. */
  readonly floorRises: boolean;
  readonly snapshots: readonly LeakSnapshot[];
  /** While a leak is suspected: who allocated between the last two snapshots what is still in use. */
  readonly allocated: readonly Allocator[];
}

/** Fewer collections than this show no trend. */
const LEAST_POINTS = 20;
const LEAST_GROWTH_PER_HOUR = 0.1;
/** Below this it is the warming up of caches and compiled code. */
const LEAST_GROWTH_BYTES = 8 * 2 ** 20;
const HOUR_MS = 3_600_000;
/** Of those who allocated most. */
const NAMED = 3;

/**
 * Suspects a leak where the heap that is left after collections grows, its floor rises with it, and sessions do not
 * explain it; or where resources of one type only ever become more. From then on it looks who allocates what stays, which
 * costs a little, and not before. That a collection recovers little is no sign of
 * anything: a healthy idle server has nothing to recover.
 */
@Injectable()
export class LeakDetector implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly snapshots: LeakSnapshot[] = [];
  private readonly sampler = new AllocationSampler();
  private allocated: readonly Allocator[] = [];
  /** What the last snapshot has begun. */
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: DiagnosticsConfig,
    private readonly afterGc: AfterGcObserver,
    private readonly resources: ResourceLedger,
    private readonly sessions: SessionRegistry,
    private readonly jobs: ScheduledJobs,
  ) {}

  onApplicationBootstrap(): void {
    void this.snapshot();
    this.jobs.every('diagnostics.leaks', this.config.snapshotInterval, () => this.snapshot());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.looking;
    await this.sampler.stop();
  }

  /** @returns settled when the allocations since the last one are known, where they are looked at */
  snapshot(): Promise<void> {
    const at = new Date(this.afterGc.clock.nowMs()).toISOString();
    this.snapshots.push({ at, sessions: this.sessions.size, resources: this.resources.counts() });
    while (this.snapshots.length > this.config.snapshotsKept) this.snapshots.shift();
    this.looking = this.looking.then(() => this.lookAtAllocations());
    return this.looking;
  }

  private async lookAtAllocations(): Promise<void> {
    if (this.sampler.running) this.allocated = await this.sampler.stop();
    if (!this.report().suspected) this.allocated = [];
    // A Node without inspector has the other evidence.
    else await this.sampler.start().catch(() => undefined);
  }

  report(): LeakReport {
    const heap = this.heapTrend();
    const growing = this.growingResources();
    const evidence = [
      ...(heap.suspected ? [heapEvidence(heap)] : []),
      ...growing.map(([type, counts]) => `${type}: ${counts.join(', ')} in the last snapshots`),
    ];
    if (evidence.length > 0 && this.allocated.length > 0) evidence.push(allocationEvidence(this.allocated));
    const { points, bytesPerHour, growthPerHour, floorRises } = heap;
    const suspected = evidence.length > 0;
    return {
      suspected,
      evidence,
      points,
      bytesPerHour,
      growthPerHour,
      floorRises,
      snapshots: [...this.snapshots],
      allocated: this.allocated,
    };
  }

  private heapTrend() {
    const points = this.afterGc.all();
    const slope = theilSenSlope(points);
    const [first, last] = [points[0], points.at(-1)];
    const grownBytes = first && last ? slope * (last.atMs - first.atMs) : 0;
    const growthPerHour = first && first.value > 0 ? (slope * HOUR_MS) / first.value : 0;
    const floorRises = rises(points.map(({ value }) => value));
    const enough = points.length >= LEAST_POINTS && grownBytes >= LEAST_GROWTH_BYTES;
    const suspected = enough && growthPerHour > LEAST_GROWTH_PER_HOUR && floorRises && !this.sessionsGrew();
    return {
      suspected,
      points: points.length,
      bytesPerHour: slope * HOUR_MS,
      growthPerHour,
      floorRises,
      grownBytes,
    };
  }

  // Twice the sessions may well need twice the memory.
  private sessionsGrew(): boolean {
    const [first, last] = [this.snapshots[0], this.snapshots.at(-1)];
    return first !== undefined && last !== undefined && last.sessions > first.sessions * 1.5 + 10;
  }

  /** Types of which there were more in each snapshot than in the one before, sessions or not. */
  private growingResources(): [ResourceType, number[]][] {
    if (this.snapshots.length < Math.min(this.config.snapshotsKept, 3)) return [];
    const types = Object.keys(this.snapshots[0]?.resources ?? {}) as ResourceType[];
    return types
      .map((type): [ResourceType, number[]] => [type, this.snapshots.map(({ resources }) => resources[type])])
      .filter(([, counts]) =>
        counts.every((count, index) => index === 0 || count > (counts[index - 1] ?? 0)),
      );
  }
}

function heapEvidence({
  points,
  grownBytes,
  growthPerHour,
}: {
  points: number;
  grownBytes: number;
  growthPerHour: number;
}) {
  const mebibytes = (grownBytes / 2 ** 20).toFixed(1);
  const percent = Math.round(growthPerHour * 100);
  return `the heap after ${points} collections grew by ${mebibytes} MiB (${percent} % an hour) and never came back`;
}

function allocationEvidence(allocated: readonly Allocator[]): string {
  const named = allocated.slice(0, NAMED).map(({ function: name, at, bytes }) => {
    const mebibytes = (bytes / 2 ** 20).toFixed(1);
    return at === '' ? `${name} ${mebibytes} MiB` : `${name} (${at}) ${mebibytes} MiB`;
  });
  return `allocated since the snapshot before and still in use: ${named.join(', ')}`;
}

function rises(values: readonly number[]): boolean {
  const third = Math.floor(values.length / 3);
  if (third === 0) return false;
  const floors = [0, 1, 2].map((part) => Math.min(...values.slice(part * third, (part + 1) * third)));
  return floors.every((floor, index) => index === 0 || floor > (floors[index - 1] ?? 0));
}
