import { lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { type Repository } from '../repository.js';
import { notedFolders } from './untracked-cache.js';

/** More would take longer on every call than git saves. */
const MAX_FOLDERS = 1_000;
/** What is changed twice within a tick of a file system's clock may look the same; some clocks count two seconds at a time. */
const TICK_MS = 100;
const COARSE_TICK_MS = 2_000;
const ABSENT = 'absent';
const YOUNG = 'young';

interface Looks {
  readonly path: Buffer;
  readonly looks: string;
}

/**
 * Of an untracked folder git notes that it holds something untracked, and does not ask again: not whether it is empty by now,
 * nor whether all in it is ignored, nor whether it is a repository of its own.
 */
export interface WatchedFolders {
  /** Those that git has read, and the lists there of what is ignored. */
  readonly read: readonly Looks[];
  readonly repositories: readonly Buffer[];
}

/**
 * @param index a copy of the repository's, with git's notes
 * @param sinceMs when git was about to look, in milliseconds since 1970: what was changed since counts as changed
 * @returns `undefined` where they are too many to be looked at on every call, or cannot be told
 */
export async function watchedFolders(
  index: string,
  repository: Repository,
  sinceMs: number,
): Promise<WatchedFolders | undefined> {
  const bytes = await readFile(index).catch(() => undefined);
  const noted = bytes && notedFolders(bytes, repository.objectFormat);
  if (noted === undefined) return undefined;
  const repositories = noted.untracked.filter((folder) => isRepository(repository, folder));
  if (noted.lookedInto.length + repositories.length > MAX_FOLDERS) return undefined;
  const read = noted.lookedInto.flatMap((folder) => {
    const path = within(repository, folder);
    const rules = Buffer.concat([path, Buffer.from('/.gitignore')]);
    // Where none was there, the folder tells of one that comes.
    return [path, ...(looksOf(rules) === ABSENT ? [] : [rules])];
  });
  return { read: read.map((path) => ({ path, looks: looksOf(path, sinceMs) })), repositories };
}

/** Whether git might say something else of one of them if it were asked again. */
export function haveChanged(repository: Repository, { read, repositories }: WatchedFolders): boolean {
  return (
    read.some(({ path, looks }) => looksOf(path) !== looks) ||
    !repositories.every((folder) => isRepository(repository, folder))
  );
}

function looksOf(path: Buffer, sinceMs = Infinity): string {
  try {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return ABSENT;
    const { dev, ino, mode, size, mtimeNs, ctimeNs } = stats;
    const tickMs = ctimeNs % 1_000_000_000n === 0n ? COARSE_TICK_MS : TICK_MS;
    if (Number(ctimeNs / 1_000_000n) + tickMs > sinceMs) return YOUNG;
    return [dev, ino, mode, size, mtimeNs, ctimeNs].join(':');
  } catch {
    return ABSENT; // Below what is a file by now.
  }
}

function isRepository(repository: Repository, folder: Buffer): boolean {
  return looksOf(Buffer.concat([within(repository, folder), Buffer.from('/.git')])) !== ABSENT;
}

function within({ path }: Repository, folder: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${path}/`), folder]);
}
