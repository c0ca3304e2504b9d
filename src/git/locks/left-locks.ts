import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { removeDeadLock } from './held-index.js';
import { type LockedPlace, usersOf } from './lock-users.js';

/** In these no lock is made, or they are no part of this repository, or they hold files of the work tree. */
const NOT_ENTERED =
  /^(?:hooks|lfs|modules|mcp-git-modules|objects\/(?:pack|[0-9a-f]{2})|(?:worktrees\/[^/]+\/)?mcp-git-restoration)$/;
/** File systems keep time more coarsely than clocks do. */
const COARSE_MS = 1_000;
/** Between making a lock and opening it a process would be missed; none takes this long. */
const SEEN_MS = 1_000;

interface Found {
  readonly path: string;
  readonly mtimeMs: number;
  readonly identity: string;
}

/** Paths beneath the common folder. */
export interface LeftLocks {
  readonly removed: readonly string[];
  readonly kept: readonly string[];
}

/**
 * Removes the lock files of git that a writer of ours, which is dead, has left behind: made since it began, this user's,
 * open in no process, and with no git at work in the repository. Where somebody may hold one of them, all of them stay.
 *
 * @param sinceMs when the writer began, @param nowMs both in milliseconds since 1970
 * @param leastAgeMs younger ones are not removed
 */
export async function removeLeftLocks(
  place: LockedPlace,
  sinceMs: number,
  nowMs: number,
  leastAgeMs = 0,
): Promise<LeftLocks> {
  const found = await locksSince(place.commonDir, sinceMs - COARSE_MS);
  const paths = found.map(({ path }) => path);
  const names = paths.map((path) => path.slice(place.commonDir.length + 1));
  if (found.length === 0 || process.platform !== 'linux') return { removed: [], kept: names };
  const ageMs = nowMs - Math.max(...found.map(({ mtimeMs }) => mtimeMs));
  if (ageMs < leastAgeMs) return { removed: [], kept: names };
  if (ageMs < SEEN_MS) await pause(SEEN_MS - Math.max(0, ageMs));
  if ((await usersOf(place, paths)).length > 0) return { removed: [], kept: names };
  const gone = await Promise.all(found.map(removeUnchanged));
  return { removed: names.filter((_, at) => gone[at]), kept: names.filter((_, at) => !gone[at]) };
}

/** Also those of linked work trees, whose folders lie in the common one. */
async function locksSince(top: string, fromMs: number): Promise<readonly Found[]> {
  const found: Found[] = [];
  const toVisit = [''];
  for (const folder of toVisit) {
    const entries = await readdir(join(top, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !NOT_ENTERED.test(path)) toVisit.push(path);
      if (!entry.isFile() || !entry.name.endsWith('.lock')) continue;
      const lock = await look(join(top, path));
      if (lock !== undefined && lock.mtimeMs >= fromMs) found.push(lock);
    }
  }
  return found;
}

async function look(path: string): Promise<Found | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || stats.uid !== process.getuid?.()) return undefined;
  return { path, mtimeMs: stats.mtimeMs, identity: `${stats.dev}:${stats.ino}:${stats.mtimeMs}` };
}

async function removeUnchanged({ path, identity }: Found): Promise<boolean> {
  if ((await look(path))?.identity !== identity) return false;
  return removeDeadLock(path).then(
    () => true,
    () => false,
  );
}
