import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';

import { GitConfig, HealthConfig } from '../config/sections/index.js';

/** A network file system that is gone answers never; then the disk is said to be down. */
const TIMEOUT_MS = 2_000;

interface DiskSpace {
  /** Of the fullest disk. */
  readonly freeBytes: number;
  readonly unreachable: number;
}

/** Whether commits still fit on the disks of the roots. Names no path: anybody may ask. */
@Injectable()
export class RootsDiskHealthIndicator {
  // A check that hangs holds a thread of Node's pool; the next one waits for it instead of holding another.
  private measuring: Promise<DiskSpace> | undefined;

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly git: GitConfig,
    private readonly config: HealthConfig,
  ) {}

  async isHealthy() {
    const indicator = this.indicators.check('disk');
    const { roots } = this.git;
    if (roots.length === 0) return indicator.up({ roots: 0 });
    const space = await this.measure();
    if (!space) return indicator.down({ roots: roots.length, message: 'the disk does not answer' });
    const { freeBytes, unreachable } = space;
    const data = { roots: roots.length, unreachable, min_free_bytes: this.config.minDiskFreeBytes };
    if (unreachable === roots.length) return indicator.down(data);
    const withFree = { ...data, free_bytes: freeBytes };
    if (freeBytes < this.config.minDiskFreeBytes) return indicator.down(withFree);
    return unreachable > 0 ? indicator.degraded(withFree) : indicator.up(withFree);
  }

  private async measure(): Promise<DiskSpace | undefined> {
    this.measuring ??= freeSpaceOf(this.git.roots).finally(() => {
      this.measuring = undefined;
    });
    const given = new AbortController();
    const late = delay(TIMEOUT_MS, undefined, { signal: given.signal }).catch(() => undefined);
    try {
      return await Promise.race([this.measuring, late]);
    } finally {
      given.abort();
    }
  }
}

async function freeSpaceOf(roots: readonly string[]): Promise<DiskSpace> {
  const disks = await Promise.allSettled(roots.map((root) => statfs(root)));
  const free = disks
    .filter((disk) => disk.status === 'fulfilled')
    .map(({ value }) => value.bavail * value.bsize);
  return { freeBytes: Math.min(...free), unreachable: roots.length - free.length };
}
