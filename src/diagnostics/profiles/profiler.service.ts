import { setTimeout as delay } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';

import { DiagnosticsConfig, HealthConfig } from '../../config/sections/index.js';
import { ServerError } from '../../shared/errors/index.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { memoryLimit } from '../samplers/memory.sampler.js';
import { type BusyFunction, busiestFunctions } from './cpu-profile.js';
import { type Allocator, topAllocators } from './heap-profile.js';
import { ProfileFolder } from './profile-folder.js';

export type ProfileKind = 'cpu' | 'heap' | 'snapshot';

export interface ProfileReport {
  readonly kind: ProfileKind;
  /** Opened by Chrome's DevTools and by speedscope; to be downloaded under this name. */
  readonly file: string;
  readonly took_ms: number;
  readonly busiest?: readonly BusyFunction[];
  readonly allocators?: readonly Allocator[];
}

const DEFAULT_MS = 5_000;
const SAMPLE_EVERY_BYTES = 16_384;
/** A snapshot may need as much again as the heap it shows. */
const SNAPSHOT_FACTOR = 2;

/** Looks into the running process, one look at a time. What looks is loaded only then. */
@Injectable()
export class Profiler {
  private busy = false;

  constructor(
    private readonly folder: ProfileFolder,
    private readonly config: DiagnosticsConfig,
    private readonly health: HealthConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @param durationMs at most `diagnostics.maxProfileDuration`
   * @throws ServerError `temporary_resource_unavailable` while another one runs, or where a snapshot would not fit into
   *   memory, or into `health.maxRssBytes`
   */
  async take(kind: ProfileKind, durationMs = DEFAULT_MS, signal: AbortSignal): Promise<ProfileReport> {
    if (this.busy) throw unavailable('another profile is being taken; try again when it is done', 'busy');
    this.busy = true;
    const since = this.clock.monotonicMs();
    try {
      const ms = Math.min(durationMs, this.config.maxProfileDuration);
      const taken = await this.takers[kind](ms, signal);
      await this.folder.forgetOld();
      return { kind, ...taken, took_ms: Math.round(this.clock.monotonicMs() - since) };
    } finally {
      this.busy = false;
    }
  }

  private readonly takers = {
    cpu: (ms: number, signal: AbortSignal) => this.cpu(ms, signal),
    heap: (ms: number, signal: AbortSignal) => this.heap(ms, signal),
    snapshot: () => this.snapshot(),
  };

  private async cpu(ms: number, signal: AbortSignal) {
    const { Session } = await import('node:inspector/promises');
    const session = new Session();
    session.connect();
    try {
      await session.post('Profiler.enable');
      await session.post('Profiler.start');
      await delay(ms, undefined, { signal });
      const { profile } = await session.post('Profiler.stop');
      return { file: await this.save('cpu', 'cpuprofile', profile), busiest: busiestFunctions(profile) };
    } finally {
      session.disconnect();
    }
  }

  private async heap(ms: number, signal: AbortSignal) {
    const { Session } = await import('node:inspector/promises');
    const session = new Session();
    session.connect();
    try {
      await session.post('HeapProfiler.startSampling', { samplingInterval: SAMPLE_EVERY_BYTES });
      await delay(ms, undefined, { signal });
      const { profile } = await session.post('HeapProfiler.stopSampling');
      return { file: await this.save('heap', 'heapprofile', profile), allocators: topAllocators(profile) };
    } finally {
      session.disconnect();
    }
  }

  private async snapshot() {
    const { rss, heapUsed } = process.memoryUsage();
    if (rss + heapUsed * SNAPSHOT_FACTOR > Math.min(memoryLimit(), this.health.maxRssBytes)) {
      throw unavailable('a heap snapshot would not fit into memory; take a heap profile instead', 'memory');
    }
    const { writeHeapSnapshot } = await import('node:v8');
    const { name, path } = await this.folder.place('snapshot', 'heapsnapshot', this.clock.nowMs());
    // It is written with the permissions of the process; the folder keeps others out.
    writeHeapSnapshot(path);
    return { file: name };
  }

  private async save(kind: ProfileKind, extension: string, profile: object): Promise<string> {
    const { name, path } = await this.folder.place(kind, extension, this.clock.nowMs());
    await this.folder.write(path, JSON.stringify(profile));
    return name;
  }
}

function unavailable(message: string, reason: string): ServerError {
  return new ServerError('temporary_resource_unavailable', message, {
    retryAfterMs: 5_000,
    details: { reason },
  });
}
