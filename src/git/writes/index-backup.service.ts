import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { Injectable } from '@nestjs/common';

import { HeldIndex } from '../locks/held-index.js';
import { type StagedChange, StagedChanges } from '../previews/staged-changes.reader.js';
import { copyIndex } from '../reads/index-copy.files.js';
import { type Repository } from '../repository.js';
import { TemporaryFolders } from '../temporary-folders.js';
import { UNINTERRUPTED } from './uninterrupted.js';

/** Keeps the index as it was beside work that stages something and may then fail. */
@Injectable()
export class IndexBackup {
  constructor(
    private readonly folders: TemporaryFolders,
    private readonly changes: StagedChanges,
  ) {}

  /**
   * Puts the index back where the work fails, unless something else has been staged since.
   *
   * @param staged what the work stages, beside what was
   */
  async during<T>(
    repository: Repository,
    staged: readonly StagedChange[],
    work: () => Promise<T>,
  ): Promise<T> {
    const index = join(repository.gitDir, 'index');
    return this.folders.use('index', async (folder) => {
      const copy = join(folder, 'index');
      // Where nothing was ever staged there is none.
      const stats = await lstat(index).catch(() => undefined);
      if (stats !== undefined) await copyIndex(index, copy, stats.mtimeMs);
      try {
        return await work();
      } catch (error) {
        await this.putBack(repository, staged, (to) =>
          stats === undefined ? rm(index, { force: true }) : copyIndex(copy, to, stats.mtimeMs),
        ).catch(() => undefined); // What failed is said; that the files are still staged shows.
        throw error;
      }
    });
  }

  private async putBack(
    repository: Repository,
    staged: readonly StagedChange[],
    write: (path: string) => Promise<void>,
  ): Promise<void> {
    const held = await HeldIndex.take(repository.gitDir);
    if (held === undefined) return;
    try {
      const now = await this.changes.list(repository, UNINTERRUPTED);
      if (isDeepStrictEqual(now, staged)) await write(held.path);
    } finally {
      await held.release();
    }
  }
}
