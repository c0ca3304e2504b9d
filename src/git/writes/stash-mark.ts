import { lstatSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { entryKind, readLastLine, readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

/** In git's folder, beside `MERGE_HEAD` and the like: git itself leaves nothing where a stash stops at conflicts. */
export const STASH_MARK = 'MCP_GIT_STASH';

/** A stash entry that was applied and stopped at conflicts. All are object ids. */
export interface StoppedStash {
  readonly entry: string;
  /** Where HEAD was: once a commit is made, nothing waits any more. */
  readonly head: string;
  /** What the index held before. */
  readonly tree: string;
  /** The entry goes when the application is completed. */
  readonly drop: boolean;
}

const MARK =
  /^entry (?<entry>[0-9a-f]{40,64})\nhead (?<head>[0-9a-f]{40,64})\ntree (?<tree>[0-9a-f]{40,64})\n(?<drop>drop\n)?$/;
/** Of the log of HEAD; the time is in seconds since 1970. */
const RESET = /> (\d+) [+-]\d{4}\treset: /;

/**
 * Whether it still waits depends on HEAD: see `RepositoryState.stoppedStash`.
 *
 * @returns `undefined` where somebody has given it up by a `git reset`
 */
export function readStashMark({ gitDir }: Repository): StoppedStash | undefined {
  const found = MARK.exec(readSmallFile(join(gitDir, STASH_MARK)) ?? '')?.groups;
  if (!found || wasResetSince(gitDir)) return undefined;
  const { entry = '', head = '', tree = '', drop } = found;
  return { entry, head, tree, drop: drop !== undefined };
}

export function writeStashMark(repository: Repository, { entry, head, tree, drop }: StoppedStash): void {
  removeStashMark(repository);
  const text = `entry ${entry}\nhead ${head}\ntree ${tree}\n${drop ? 'drop\n' : ''}`;
  writeFileSync(join(repository.gitDir, STASH_MARK), text, { flag: 'wx' });
}

export function removeStashMark({ gitDir }: Repository): void {
  const path = join(gitDir, STASH_MARK);
  if (entryKind(path) !== 'absent') rmSync(path, { recursive: true });
}

/** git's reset leaves HEAD where it was, but a line in HEAD's log; which `git gc` may write anew, with the times in it. */
function wasResetSince(gitDir: string): boolean {
  const log = readLastLine(join(gitDir, 'logs/HEAD'));
  const [, seconds] = RESET.exec(log?.line ?? '') ?? [];
  const marked = lstatSync(join(gitDir, STASH_MARK), { throwIfNoEntry: false });
  if (log === undefined || seconds === undefined || marked === undefined) return false;
  return log.mtimeMs > marked.mtimeMs && Number(seconds) >= Math.floor(marked.mtimeMs / 1_000);
}
