import { type Dirent } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { KEPT_MODULES } from '../paths/git-folder-links.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

/** Deletes repositories of submodules that are kept since before a moment, and the oldest beyond a size. */
export async function sweepKeptModules(
  { commonDir }: Repository,
  { sinceMs, maxBytes }: { readonly sinceMs: number; readonly maxBytes: number },
): Promise<void> {
  const top = join(commonDir, KEPT_MODULES);
  if (entryKind(top) !== 'folder') return;
  const folders = (await readdir(top)).map((name) => join(top, name));
  const kept = await Promise.all(folders.map(async (path) => ({ path, atMs: (await stat(path)).mtimeMs })));
  let left = maxBytes;
  for (const { path, atMs } of kept.toSorted((one, other) => other.atMs - one.atMs)) {
    left -= await bytesIn(path);
    if (atMs < sinceMs || left < 0) await rm(path, { recursive: true, force: true });
  }
}

async function bytesIn(folder: string): Promise<number> {
  const entries: readonly Dirent[] = await readdir(folder, { withFileTypes: true, recursive: true });
  let bytes = 0;
  for (const entry of entries) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
