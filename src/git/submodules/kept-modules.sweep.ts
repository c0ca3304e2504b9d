import { type Dirent } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { KEPT_MODULES } from '../paths/git-folder-links.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { awaitedModules } from './kept-modules.js';

/** Of a folder under its own name; under another one it is being deleted, or was when the server ended. */
const KEPT = /^\d+-\d+$/;

/** Deletes repositories of submodules that are kept since before a moment, and the oldest beyond a size. */
export async function sweepKeptModules(
  repository: Repository,
  { sinceMs, maxBytes }: { readonly sinceMs: number; readonly maxBytes: number },
): Promise<void> {
  const top = join(repository.commonDir, KEPT_MODULES);
  if (entryKind(top) !== 'folder') return;
  const entries = await readdir(top, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const name of folders) if (!KEPT.test(name)) await remove(join(top, name));
  const kept = await Promise.all(
    folders.filter((name) => KEPT.test(name)).map((name) => keptAt(join(top, name))),
  );
  const awaited = awaitedModules(repository);
  let left = maxBytes;
  for (const { path, atMs } of kept.flat().toSorted((one, other) => other.atMs - one.atMs)) {
    left -= await bytesIn(path);
    if ((atMs >= sinceMs && left >= 0) || awaited.has(basename(path))) continue;
    // At once, so that no undo brings back a part of it.
    const gone = `${path}-gone`;
    if (await unlessGone(rename(path, gone).then(() => true))) await remove(gone);
  }
}

async function keptAt(path: string) {
  const stats = await unlessGone(stat(path));
  return stats === undefined ? [] : [{ path, atMs: stats.mtimeMs }];
}

async function bytesIn(folder: string): Promise<number> {
  const entries: readonly Dirent[] =
    (await unlessGone(readdir(folder, { withFileTypes: true, recursive: true }))) ?? [];
  let bytes = 0;
  for (const entry of entries) {
    if (entry.isFile()) bytes += (await unlessGone(stat(join(entry.parentPath, entry.name))))?.size ?? 0;
  }
  return bytes;
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

/** An undo may bring it back meanwhile. */
async function unlessGone<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
