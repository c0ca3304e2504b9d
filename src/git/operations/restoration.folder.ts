import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { RESTORATION_FOLDER } from '../paths/git-folder-links.js';
import { entryKind, readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { placeOf } from '../paths/folder-place.js';

/**
 * The folder is in git's of the work tree for as long as an undo or redo is under way: `new` and `old` hold the files that go
 * into the work tree and those that came out of it, and `operation` says that it has begun to change the repository.
 */
const MARK = 'operation';
const WRITTEN = /^(?<id>[0-9a-z]{12}) (?<place>\S+)\n$/;

export type Side = 'new' | 'old';

export function restorationFolder({ gitDir }: Repository, ...names: readonly string[]): string {
  return join(gitDir, RESTORATION_FOLDER, ...names);
}

export function hasRestoration(repository: Repository): boolean {
  return entryKind(restorationFolder(repository)) !== 'absent';
}

/** An empty one. */
export function makeRestoration(repository: Repository): void {
  removeRestoration(repository);
  mkdirSync(restorationFolder(repository), { mode: 0o700 });
  for (const side of ['new', 'old']) mkdirSync(restorationFolder(repository, side));
}

export function removeRestoration(repository: Repository): void {
  rmSync(restorationFolder(repository), { recursive: true, force: true });
}

/** From here on whoever finds the folder finishes the operation. */
export function markRestoration(repository: Repository, id: string): void {
  const path = restorationFolder(repository, `${MARK}.part`);
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    writeSync(descriptor, `${id} ${placeOf(repository.gitDir)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(path, restorationFolder(repository, MARK));
}

/** @returns the id of the operation; `undefined` where it changed nothing yet, or began in a folder that this is a copy of */
export function markedRestoration(repository: Repository): string | undefined {
  const { id, place } = WRITTEN.exec(readSmallFile(restorationFolder(repository, MARK)) ?? '')?.groups ?? {};
  return place === placeOf(repository.gitDir) ? id : undefined;
}
