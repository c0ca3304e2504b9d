import { statfs } from 'node:fs/promises';

import { Injectable } from '@nestjs/common';

import { GitConfig, HealthConfig } from '../../../config/sections/index.js';
import { ServerError } from '../../../shared/errors/index.js';
import { refused } from '../../refusal.js';
import { type Repository } from '../../repository.js';
import { type LfsFile } from '../lfs-files.reader.js';

const MAX_OBJECTS = 10_000;

/** How much one call may move: pointers say how much they stand for, and anybody can write one. */
@Injectable()
export class TransferBudget {
  constructor(
    private readonly config: GitConfig,
    private readonly health: HealthConfig,
  ) {}

  /**
   * @param files whose content is moved
   * @throws ServerError `operation_failed` with `details.reason: 'too-large'`
   */
  require(files: readonly LfsFile[]): void {
    const bytes = bytesOf(files);
    const { maxTransferBytes: max } = this.config.lfs;
    if (bytes <= max && files.length <= MAX_OBJECTS) return;
    const message =
      'That is more content than one call may move (git.lfs.maxTransferBytes); name some of the files or folders';
    throw refused('too-large', message, {
      setting: 'git.lfs.maxTransferBytes',
      bytes,
      max_bytes: max,
      objects: files.length,
      max_objects: MAX_OBJECTS,
    });
  }

  /**
   * @param bytes that are to be written beside what is there
   * @throws ServerError `temporary_resource_unavailable` with `details.reason: 'disk-full'`
   */
  async requireSpace({ commonDir }: Repository, bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(commonDir);
    const free = bavail * bsize - this.health.minDiskFreeBytes;
    if (bytes <= Math.max(free, 0)) return;
    const message =
      'The content does not fit on the disk; free some space, or name some of the files or folders';
    throw new ServerError('temporary_resource_unavailable', message, {
      details: { reason: 'disk-full', bytes, free_bytes: Math.max(free, 0) },
    });
  }
}

export function bytesOf(files: readonly LfsFile[]): number {
  return files.reduce((sum, { pointer }) => sum + pointer.size, 0);
}
