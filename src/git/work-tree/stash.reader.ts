import { Inject, Injectable } from '@nestjs/common';

import { type DiffAnswer } from '../git-reads.port.js';
import { FEW_PACKED_BYTES, resolveRef } from '../libgit2/ref-files.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { CliReads } from '../reads/cli.reads.js';
import { isPlainRepository } from '../reads/libgit2.reads.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';

export interface StashEntry {
  /** 0 is the newest. */
  readonly index: number;
  readonly sha: string;
  /** Whole seconds since 1970 UTC. */
  readonly at: number;
  /** `WIP on main: 1a2b3c4 subject`, or `On main: ` and the message that it was given. */
  readonly message: string;
}

export interface StashContent {
  readonly entry: StashEntry;
  /** Tracked files, staged or not, against the commit that they were changed on. */
  readonly diff: DiffAnswer;
  readonly untracked: readonly string[];
}

const FORMAT = '--format=%H%x1f%ct%x1f%gs';
const STASH = 'refs/stash';

/** What was put aside. */
@Injectable()
export class StashReader {
  constructor(
    private readonly state: RepositoryState,
    @Inject(CliReads) private readonly reads: CliReads,
  ) {}

  /** Newest first. */
  async list(repository: Repository, signal: AbortSignal): Promise<readonly StashEntry[]> {
    if (!(stashHere(repository) ?? (await this.state.refExists(repository, STASH, signal)))) return [];
    const command = { name: 'stash list', options: ['-z', FORMAT] };
    const records = await this.state.list(repository, command, signal);
    return records.map((record, index) => {
      const [sha = '', at = '', message = ''] = record.split('\x1f');
      return { index, sha, at: Number(at), message };
    });
  }

  /** @throws ServerError `operation_failed` with `details: {reason: 'no-such-stash', stashes}` */
  async entry(repository: Repository, index: number, signal: AbortSignal): Promise<StashEntry> {
    const entries = await this.list(repository, signal);
    const entry = entries[index];
    if (entry) return entry;
    const message = 'There is no such stash entry; action list shows those that there are';
    throw refused('no-such-stash', message, { stashes: entries.length });
  }

  /** @throws ServerError as `entry` */
  async show(
    repository: Repository,
    index: number,
    contextLines: number,
    signal: AbortSignal,
  ): Promise<StashContent> {
    const entry = await this.entry(repository, index, signal);
    const [base, untracked] = await Promise.all([
      this.state.commit(repository, `${entry.sha}^1`, signal),
      this.untracked(repository, entry.sha, signal),
    ]);
    const ends = { ids: [base, entry.sha] };
    return { entry, diff: await this.reads.diff(repository, ends, { contextLines }, signal), untracked };
  }

  /** Paths of the untracked files that the entry holds. */
  async untracked(repository: Repository, sha: string, signal: AbortSignal): Promise<readonly string[]> {
    const tree = await this.state.sha(repository, `${sha}^3`, signal);
    if (tree === null) return [];
    const options = ['-r', '-z', '--name-only', '--full-tree'];
    return this.state.list(repository, { name: 'ls-tree', options, revisions: [tree] }, signal);
  }
}

/** Whether anything was put aside, where the files of refs tell; `undefined` where git is to be asked. */
function stashHere(repository: Repository): boolean | undefined {
  if (!isPlainRepository(repository)) return undefined;
  try {
    return resolveRef(repository, STASH, FEW_PACKED_BYTES).sha !== null;
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  }
}
