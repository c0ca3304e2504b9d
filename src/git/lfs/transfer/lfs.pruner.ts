import { rm } from 'node:fs/promises';

import { Injectable } from '@nestjs/common';

import { type Effect, planned, type PlannedChange } from '../../planned-change.js';
import { type Repository } from '../../repository.js';
import { requireBranchName } from '../../writes/ref-name.js';
import { RepositoryState } from '../../writes/repository-state.service.js';
import { LfsObjects } from '../lfs-objects.reader.js';
import { type StoredObject, storedObjects } from '../lfs-store.js';
import { LfsRemotes } from './lfs-remotes.service.js';
import { BATCH } from './lfs.fetcher.js';

export interface LfsPrunePlan extends PlannedChange {
  /** Of what is removed. */
  readonly bytes: number;
  /** As `IgnoredSettings.read`. */
  readonly ignored: readonly string[];
}

/**
 * Removes content from the store that nothing at hand needs and that the remote gives to whoever asks, so that it can be
 * fetched again. Whether it was ever sent is asked and not guessed: a push of git alone does not send it.
 */
@Injectable()
export class LfsPruner {
  constructor(
    private readonly objects: LfsObjects,
    private readonly state: RepositoryState,
    private readonly remotes: LfsRemotes,
  ) {}

  /** @throws ServerError as `LfsRemotes.open`, `LfsObjects.files`, and where the remote cannot be asked */
  async plan(repository: Repository, remote: string, signal: AbortSignal): Promise<LfsPrunePlan> {
    requireBranchName(remote, 'remote');
    const stored = storedObjects(repository);
    const needed = stored.length === 0 ? new Set() : await this.needed(repository, remote, signal);
    const spare = stored.filter(({ oid }) => !needed.has(oid));
    if (spare.length === 0) return { ...planned([], () => Promise.resolve()), bytes: 0, ignored: [] };
    const { gone, ignored } = await this.askedFor(repository, remote, spare, signal);
    const effects = gone.map(({ oid, path }): Effect => ({
      action: 'delete',
      subject: path,
      from: oid,
      to: null,
    }));
    const change = planned(effects, async (aborted) => {
      for (const { absolute } of gone) {
        aborted.throwIfAborted();
        await rm(absolute, { force: true });
      }
    });
    return { ...change, bytes: gone.reduce((sum, { size }) => sum + size, 0), ignored };
  }

  /** What the ends of all refs, all work trees and stashes hold, and the commits that the remote was not seen to have. */
  private async needed(
    repository: Repository,
    remote: string,
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>> {
    const stashes = await this.state.list(
      repository,
      { name: 'stash list', options: ['-z', '--format=%H'] },
      signal,
    );
    const ends = { options: ['--no-walk', '--all', '--indexed-objects'], revisions: stashes };
    const fresh = { options: ['--all', '--not', `--remotes=${remote}`] };
    const files = [
      ...(await this.objects.files(repository, ends, signal)),
      ...(await this.objects.files(repository, fresh, signal)),
    ];
    return new Set(files.map(({ pointer }) => pointer.oid));
  }

  private async askedFor(
    repository: Repository,
    remote: string,
    spare: readonly StoredObject[],
    signal: AbortSignal,
  ): Promise<{ readonly gone: readonly StoredObject[]; readonly ignored: readonly string[] }> {
    const { store, ignored } = await this.remotes.open(repository, remote, 'fetch', signal);
    try {
      const there = new Set<string>();
      for (let at = 0; at < spare.length; at += BATCH) {
        const some = spare.slice(at, at + BATCH).map(({ oid, size }) => ({ oid, size, extended: false }));
        for (const oid of await store.has(some, signal)) there.add(oid);
      }
      return { gone: spare.filter(({ oid }) => there.has(oid)), ignored };
    } finally {
      store.close();
    }
  }
}
