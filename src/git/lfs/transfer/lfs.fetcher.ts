import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, type Clock } from '../../../shared/clock.js';
import { type ProgressListener } from '../../git-writes.port.js';
import { refused } from '../../refusal.js';
import { httpFailure } from '../../remotes/http-failure.js';
import { type Repository } from '../../repository.js';
import { type ByteName, byteName } from '../../work-tree/path-lists.js';
import { workTreePath } from '../../writes/work-tree-paths.js';
import { type LfsFile, type LfsFiles, LfsFilesReader } from '../lfs-files.reader.js';
import { isStored } from '../lfs-store.js';
import { removeLeftContent, store } from '../lfs-store.writer.js';
import { eachObject, type LfsFailure } from './each-object.js';
import { type FarStore } from './far-store.js';
import { LfsRemotes } from './lfs-remotes.service.js';
import { ObjectProgress } from './object-progress.js';
import { bytesOf, TransferBudget } from './transfer.budget.js';

export interface LfsFetchRequest {
  readonly remote: string;
  readonly revision: string;
  /** Files and folders of the revision; none means all. */
  readonly paths: readonly string[];
}

export interface LfsFetchPlan {
  /** The files that were asked for. */
  readonly files: readonly LfsFile[];
  /** One file for each object that is not here. */
  readonly lacking: readonly LfsFile[];
  /** How many of the files that were asked for a partial clone does not have: any of them may be a pointer. */
  readonly missing: number;
}

export interface LfsFetched extends Pick<LfsFetchPlan, 'files' | 'missing'> {
  /** One file for each object that came. */
  readonly fetched: readonly LfsFile[];
  readonly failed: readonly LfsFailure[];
  /** As `IgnoredSettings.read`; none where nothing was lacking. */
  readonly ignored: readonly string[];
}

/** As many objects git-lfs asks for at once. */
export const BATCH = 100;

/**
 * Brings content of Git LFS into the store of the repository. Each object is there as soon as it has come whole, and of a
 * large one its beginning is kept, so a transfer that was cut off goes on with the next call. No lock is needed: what is there never changes.
 */
@Injectable()
export class LfsFetcher {
  constructor(
    private readonly files: LfsFilesReader,
    private readonly remotes: LfsRemotes,
    private readonly budget: TransferBudget,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * What `fetch` would bring, as far as it can be known without asking the LFS server.
   *
   * @throws ServerError as `LfsFilesReader.list`, `LfsRemotes.open`, `TransferBudget`; `operation_failed` with `details.reason:
   *   'not-lfs'` for paths that cover no file of Git LFS
   */
  async plan(repository: Repository, request: LfsFetchRequest, signal: AbortSignal): Promise<LfsFetchPlan> {
    const plan = await this.prepare(repository, request, signal);
    if (plan.lacking.length > 0) {
      (await this.remotes.open(repository, request.remote, 'fetch', signal)).store.close();
    }
    return plan;
  }

  /** @throws ServerError as `plan`, and what ends a transfer for all objects */
  async fetch(
    repository: Repository,
    request: LfsFetchRequest,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<LfsFetched> {
    const { lacking, ...asked } = await this.prepare(repository, request, signal);
    if (lacking.length === 0) return { ...asked, fetched: [], failed: [], ignored: [] };
    const { store: far, ignored } = await this.remotes.open(repository, request.remote, 'fetch', signal);
    removeLeftContent(repository, this.clock.nowMs());
    const failed: LfsFailure[] = [];
    try {
      const shown = new ObjectProgress(lacking, progress);
      for (let at = 0; at < lacking.length; at += BATCH) {
        const some = lacking.slice(at, at + BATCH);
        failed.push(...(await this.bring(repository, far, some, shown, signal)));
      }
    } finally {
      far.close();
    }
    const without = new Set(failed.map(({ file }) => file));
    return { ...asked, fetched: lacking.filter((file) => !without.has(file)), failed, ignored };
  }

  private async prepare(
    repository: Repository,
    { revision, paths }: LfsFetchRequest,
    signal: AbortSignal,
  ): Promise<LfsFetchPlan> {
    const all = await this.files.list(repository, { revision, path: '' }, signal);
    const { files, missing } = covered(repository, all, paths);
    const lacking = oncePerObject(files).filter(({ pointer }) => !isStored(repository, pointer));
    this.budget.require(lacking);
    await this.budget.requireSpace(repository, bytesOf(lacking));
    return { files, lacking, missing: missing.length };
  }

  private async bring(
    repository: Repository,
    far: FarStore,
    files: readonly LfsFile[],
    progress: ObjectProgress,
    signal: AbortSignal,
  ): Promise<readonly LfsFailure[]> {
    const readers = await far.readers(
      files.map(({ pointer }) => pointer),
      signal,
    );
    const one = async ({ pointer }: LfsFile, aborted: AbortSignal): Promise<void> => {
      const read = readers.get(pointer.oid);
      if (read === undefined) return;
      const open = (from: number) => read(aborted, from);
      await store(repository, pointer, open, progress.bytes, aborted).catch((error: unknown) => {
        throw httpFailure(error);
      });
      progress.done();
    };
    return eachObject(files, one, signal);
  }
}

/** The files that are named, or lie in a folder that is. There may be thousands of both. */
function covered(
  { path: workTree }: Repository,
  { files, missing }: LfsFiles,
  asked: readonly string[],
): Pick<LfsFiles, 'files' | 'missing'> {
  if (asked.length === 0) return { files, missing };
  const idle = new Map(asked.map((one) => [byteName(workTreePath(workTree, one)), one]));
  const names = new Set(idle.keys());
  const isAsked = (path: ByteName): boolean => {
    const by = placesOf(path).filter((place) => names.has(place));
    for (const place of by) idle.delete(place);
    return by.length > 0;
  };
  const found = { files: files.filter(({ path }) => isAsked(path)), missing: missing.filter(isAsked) };
  if (idle.size === 0) return found;
  const message = 'Git LFS stores no file at these paths; the action list of git_lfs shows them';
  throw refused('not-lfs', message, [...idle.values()]);
}

/** `.`, `a`, `a/b` of `a/b`. */
function placesOf(path: ByteName): readonly ByteName[] {
  const parts = path.split('/');
  return ['.', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))];
}

export function oncePerObject(files: readonly LfsFile[]): readonly LfsFile[] {
  return [...new Map(files.map((file) => [file.pointer.oid, file])).values()];
}
