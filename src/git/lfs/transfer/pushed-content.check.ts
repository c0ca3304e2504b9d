import { Injectable } from '@nestjs/common';

import { classify } from '../../../resilience/classify.js';
import { Deadline } from '../../../resilience/deadline.js';
import { type PushRequest } from '../../git-writes.port.js';
import { PushPlanner } from '../../remotes/push.planner.js';
import { type Repository } from '../../repository.js';
import { type LfsFile } from '../lfs-files.reader.js';
import { LfsObjects } from '../lfs-objects.reader.js';
import { LfsUse } from '../lfs-use.reader.js';
import { LfsRemotes } from './lfs-remotes.service.js';
import { BATCH, oncePerObject } from './lfs.fetcher.js';

/** Content that commits point to and that the LFS server of their remote does not have. */
export interface LackingContent {
  /** One file for each object. */
  readonly files: readonly LfsFile[];
  /** Why nobody could say, where that is so. */
  readonly unchecked?: string;
}

/** More than these, of the newest commits, are not asked for. */
const MOST_OBJECTS = 1_000;
/** The push is done by then: its answer waits no longer. */
const ASKING_MS = 10_000;

/** Looks whether the content that pushed commits point to is where others will look for it. */
@Injectable()
export class PushedContent {
  constructor(
    private readonly use: LfsUse,
    private readonly planner: PushPlanner,
    private readonly objects: LfsObjects,
    private readonly remotes: LfsRemotes,
  ) {}

  /**
   * Pushes, and asks the LFS server of the remote for what the commits point to that the remote was not seen to have. Where
   * `LfsUse.isLikely` says no, nothing is looked for.
   *
   * @returns `lacking` without files where nothing lacks
   * @throws what the push throws
   */
  async around<T>(
    repository: Repository,
    request: PushRequest,
    push: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<{ readonly pushed: T; readonly lacking: LackingContent }> {
    // The push itself moves what says what the remote has.
    const pointers = await this.pointers(repository, request, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      return unchecked(error);
    });
    const pushed = await push();
    if (pointers.files.length === 0) return { pushed, lacking: pointers };
    const lacking = await this.lacking(repository, request.remote, pointers.files, signal).catch(unchecked);
    return { pushed, lacking };
  }

  private async pointers(
    repository: Repository,
    request: PushRequest,
    signal: AbortSignal,
  ): Promise<LackingContent> {
    if (!(await this.use.isLikely(repository, elsewhere(repository, request), signal))) return { files: [] };
    const { specs } = await this.planner.plan(repository, request, signal);
    const revisions = specs.flatMap(({ id }) => id ?? []);
    if (revisions.length === 0 && request.tags !== true) return { files: [] };
    const options = [
      ...(request.tags === true ? ['--tags'] : []),
      '--not',
      `--remotes=${request.remote}`,
      '--not',
    ];
    const files = await this.objects.files(repository, { options, revisions }, signal);
    return { files: oncePerObject(files).slice(0, MOST_OBJECTS) };
  }

  private async lacking(
    repository: Repository,
    remote: string,
    files: readonly LfsFile[],
    signal: AbortSignal,
  ): Promise<LackingContent> {
    const deadline = new Deadline(ASKING_MS, signal);
    try {
      return await this.notThere(repository, remote, files, deadline.signal);
    } finally {
      deadline.dispose();
    }
  }

  private async notThere(
    repository: Repository,
    remote: string,
    files: readonly LfsFile[],
    signal: AbortSignal,
  ): Promise<LackingContent> {
    const { store } = await this.remotes.open(repository, remote, 'push', signal);
    try {
      const there = new Set<string>();
      for (let at = 0; at < files.length; at += BATCH) {
        const some = files.slice(at, at + BATCH).map(({ pointer }) => pointer);
        for (const oid of await store.has(some, signal)) there.add(oid);
      }
      return { files: files.filter(({ pointer }) => !there.has(pointer.oid)) };
    } finally {
      store.close();
    }
  }
}

/** What is pushed and need not be in the work tree. */
function elsewhere({ bare }: Repository, { branch, tag }: PushRequest): readonly string[] {
  if (tag !== undefined) return [`refs/tags/${tag}`];
  if (branch !== undefined) return [`refs/heads/${branch}`];
  return bare ? ['HEAD'] : [];
}

function unchecked(error: unknown): LackingContent {
  return { files: [], unchecked: classify(error).message };
}
