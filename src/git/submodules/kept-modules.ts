import { mkdirSync, renameSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { pathNotAllowed } from '../paths/allowed-roots.js';
import { placeOf } from '../paths/folder-place.js';
import { KEPT_MODULES } from '../paths/git-folder-links.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

const PLACE = /^\d+:\d+$/;

/**
 * Puts a folder with repositories of submodules out of the way of its removal, so that an undo finds it again. It is
 * renamed, however large it is, and so stays the folder that it is.
 *
 * @returns by what `hasKept` and `bringBack` know it, as `placeOf` gives it; `undefined` where there is no such folder
 */
export function keepModules(repository: Repository, folder: string): string | undefined {
  if (entryKind(folder) !== 'folder') return undefined;
  const place = placeOf(folder);
  const kept = keptFolder(repository, place);
  mkdirSync(dirname(kept), { recursive: true, mode: 0o700 });
  if (entryKind(dirname(kept)) !== 'folder') throw pathNotAllowed();
  // From when on it is kept: before, so that it is never taken for an old one.
  utimesSync(folder, new Date(), new Date());
  renameSync(folder, kept);
  return place;
}

/** @param place anybody's word: a folder counts only as what it is */
export function hasKept(repository: Repository, place: string): boolean {
  if (!PLACE.test(place)) return false;
  const kept = keptFolder(repository, place);
  const isPlain = entryKind(dirname(kept)) === 'folder' && entryKind(kept) === 'folder';
  return isPlain && placeOf(kept) === place;
}

/** @param folder where it was, or is to be */
export function bringBack(repository: Repository, place: string, folder: string): void {
  if (!hasKept(repository, place)) throw pathNotAllowed();
  mkdirSync(dirname(folder), { recursive: true });
  renameSync(keptFolder(repository, place), folder);
}

function keptFolder({ commonDir }: Repository, place: string): string {
  return join(commonDir, KEPT_MODULES, place.replace(':', '-'));
}
