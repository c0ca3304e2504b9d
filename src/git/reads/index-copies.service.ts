import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { statSignature } from '../cli/stat-signature.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type Repository } from '../repository.js';
import { type TemporaryFolder, TemporaryFolders } from '../temporary-folders.js';
import { haveChanged, watchedFolders, type WatchedFolders } from './watched-folders.js';
import { copyIndex, copyState, type CopyState, dateBack, removeCopy } from './index-copy.files.js';

/**
 * Changes no entry: it notes which folders of the index are as in HEAD, as far as `git add` has forgotten it. Fails
 * where there is no commit or something is unmerged, which then stays as it was.
 */
const NOTE_TREES = {
  name: 'read-tree',
  options: ['-m', '--no-sparse-checkout'],
  revisions: ['HEAD', 'HEAD'],
};
const MAX_COPIES = 16;
const MAX_INDEX_BYTES = 32 * 2 ** 20;

interface Copy {
  readonly signature: string;
  /** Absent until the same index is asked about again. */
  path?: string;
  state?: CopyState;
  folders?: WatchedFolders;
  /** What its notes leave out cannot be looked at on every call: it is not made again. */
  unsuited?: boolean;
  busy: boolean;
}

/**
 * Copies of indexes, in which git may note what it has learned about a work tree: which files are as their entry says,
 * and which folders hold nothing untracked (its untracked cache). The repository's own index is nobody's to write while
 * he only reads, and without those notes git reads every folder each time.
 *
 * A copy is good for as long as the index itself and the configuration look the same; git still looks at each file and
 * each folder on every call.
 */
@Injectable()
export class IndexCopies implements OnApplicationShutdown {
  private readonly copies = new Map<string, Copy>();
  private folder: Promise<TemporaryFolder> | undefined;
  private made = 0;
  private closed = false;

  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly folders: TemporaryFolders,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    this.copies.clear();
    const folder = await this.folder?.catch(() => undefined);
    await folder?.remove();
  }

  /**
   * @param work gets the path of a copy that git may read and refresh in place of the index, `undefined` to take the index
   *   itself. It is asked again without where its answer from a copy is not to be relied on
   */
  async lend<T>(
    repository: Repository,
    signal: AbortSignal,
    work: (copy: string | undefined) => Promise<T>,
  ): Promise<T> {
    const copy = await this.find(repository, signal).catch(() => undefined);
    signal.throwIfAborted();
    if (copy?.path === undefined || copy.busy) return work(undefined);
    if (copy.folders === undefined || haveChanged(repository, copy.folders)) {
      await this.forget(keyOf(repository));
      return work(undefined);
    }
    copy.busy = true;
    try {
      const sinceMs = this.clock.nowMs();
      const answer = await work(copy.path);
      if (await this.stillGood(repository, copy, copy.path, sinceMs)) return answer;
    } catch (error) {
      // Git that was killed may have left a lock beside the copy. Whether a failure is the copy's fault shows without it.
      if (signal.aborted || !isFailure(error)) {
        await this.forget(keyOf(repository));
        throw error;
      }
    } finally {
      copy.busy = false;
    }
    await this.forget(keyOf(repository));
    return work(undefined);
  }

  private async find(repository: Repository, signal: AbortSignal): Promise<Copy | undefined> {
    if (this.closed) return undefined;
    const key = keyOf(repository);
    const index = join(repository.gitDir, 'index');
    const { text, settled } = signatureOf(repository, index);
    const known = this.copies.get(key);
    if (known?.signature !== text) {
      await this.forget(key);
      // An index that changes from call to call is not worth a copy each time.
      this.copies.set(key, { signature: text, busy: false });
      await this.forgetOldest();
      return undefined;
    }
    this.copies.delete(key);
    this.copies.set(key, known);
    if (known.path === undefined && !known.busy && !known.unsuited && settled(this.clock.nowMs()))
      await this.make(known, repository, index, signal);
    return known;
  }

  private async make(copy: Copy, repository: Repository, index: string, signal: AbortSignal): Promise<void> {
    const stat = lstatSync(index);
    if (!stat.isFile() || stat.size > MAX_INDEX_BYTES) return;
    copy.busy = true;
    let path: string | undefined;
    try {
      this.folder ??= this.folders.make('index', 'git');
      const { path: folder } = await this.folder;
      this.made += 1;
      const sinceMs = this.clock.nowMs();
      path = join(folder, String(this.made));
      await copyIndex(index, path, stat.mtimeMs);
      await this.git.run(repository, NOTE_TREES, signal, { indexCopy: path });
      await dateBack(path, stat.mtimeMs);
      const state = await copyState(path);
      const folders = await watchedFolders(path, repository, sinceMs);
      copy.unsuited = folders === undefined;
      const isCurrent = signatureOf(repository, index).text === copy.signature;
      // Meanwhile other repositories may have taken its place.
      if (state !== undefined && folders && isCurrent && this.copies.get(keyOf(repository)) === copy)
        Object.assign(copy, { path, state, folders });
    } finally {
      copy.busy = false;
      if (path !== undefined && copy.path !== path) await removeCopy(path);
    }
  }

  /** Git takes an index that is not there for an empty one, and somebody may tidy up temporary folders. */
  private async stillGood(
    repository: Repository,
    copy: Copy,
    path: string,
    sinceMs: number,
  ): Promise<boolean> {
    if (copy.folders === undefined || haveChanged(repository, copy.folders)) return false;
    // Mostly nothing was noted, and the file is the very same.
    const { ino, mtimeNs } = lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? {};
    if (ino === copy.state?.ino && mtimeNs === copy.state?.mtimeNs && ino !== undefined) return true;
    const after = await copyState(path);
    if (after === undefined || after.entries !== copy.state?.entries) return false;
    await dateBack(path, sinceMs);
    copy.state = (await copyState(path)) ?? after;
    const folders = await watchedFolders(path, repository, sinceMs);
    if (folders) copy.folders = folders;
    else {
      copy.unsuited = true;
      delete copy.path;
      await removeCopy(path);
    }
    return true;
  }

  private async forget(key: string): Promise<void> {
    const copy = this.copies.get(key);
    this.copies.delete(key);
    if (copy?.path !== undefined) await removeCopy(copy.path);
  }

  private async forgetOldest(): Promise<void> {
    const [oldest] = this.copies.keys();
    if (this.copies.size > MAX_COPIES && oldest !== undefined) await this.forget(oldest);
  }
}

function isFailure(error: unknown): boolean {
  return error instanceof ServerError && error.code === 'operation_failed';
}

function keyOf({ gitDir, path }: Repository): string {
  return `${gitDir}\0${path}`;
}

function signatureOf({ gitDir, commonDir }: Repository, index: string) {
  const files = [index, join(commonDir, 'config'), join(gitDir, 'config.worktree')].map(statSignature);
  return {
    text: files.map(({ text }) => text).join(' '),
    settled: (nowMs: number) => files.every((file) => file.settled(nowMs)),
  };
}
