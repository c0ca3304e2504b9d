import { mkdirSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { pathNotAllowed } from '../paths/allowed-roots.js';
import { placeOf } from '../paths/folder-place.js';
import { KEPT_MODULES } from '../paths/git-folder-links.js';
import { entryKind, readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

const MODULES = 'modules';
/** In git's folder of a work tree, while that is being removed. */
const NOTE = 'mcp-git-modules';
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

/**
 * As `keepModules`, of a linked work tree that is about to go with its folder in git's: that says where they are, in case
 * that it stays, since git fails or the server ends.
 *
 * @param admin its folder in git's
 */
export function keepForRemoval(repository: Repository, admin: string): void {
  returnKept(repository, admin);
  const modules = join(admin, MODULES);
  if (entryKind(modules) === 'folder') writeFileSync(join(admin, NOTE), placeOf(modules), { flag: 'wx' });
  keepModules(repository, modules);
}

/** Brings them back to a work tree that stayed. */
export function returnKept(repository: Repository, admin: string): void {
  const place = readSmallFile(join(admin, NOTE));
  if (place === undefined) return;
  const modules = join(admin, MODULES);
  if (entryKind(modules) === 'absent' && hasKept(repository, place)) bringBack(repository, place, modules);
  rmSync(join(admin, NOTE));
}

/** Brings back what a removal that was cut off has left. Call it before any change. */
export function returnAllKept(repository: Repository): void {
  if (entryKind(join(repository.commonDir, KEPT_MODULES)) !== 'folder') return;
  for (const admin of adminFolders(repository)) returnKept(repository, admin);
}

/** Names of those that work trees wait for which are there. */
export function awaitedModules(repository: Repository): ReadonlySet<string> {
  const places = adminFolders(repository).map((admin) => readSmallFile(join(admin, NOTE)));
  return new Set(places.flatMap((place) => (place === undefined ? [] : [nameOf(place)])));
}

function adminFolders({ commonDir }: Repository): readonly string[] {
  const top = join(commonDir, 'worktrees');
  if (entryKind(top) !== 'folder') return [];
  const folders = readdirSync(top).map((name) => join(top, name));
  return folders.filter((folder) => entryKind(folder) === 'folder');
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
  return join(commonDir, KEPT_MODULES, nameOf(place));
}

function nameOf(place: string): string {
  return place.replace(':', '-');
}
