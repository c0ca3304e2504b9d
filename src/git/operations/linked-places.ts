import { lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { entryKind, readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

/** A linked work tree, by what git's folder says of it. */
export interface LinkedPlace {
  /** Of its folder in git's. */
  readonly name: string;
  readonly path: string;
  /** The file that says why it is locked; `null` where it is not. */
  readonly locked: string | null;
  /** `ref: <name>` as bytes, one character each, where it is on a branch. */
  readonly head: string | null;
}

const ON_BRANCH = /^ref: refs\/heads\/.+(?=\n)/;

/** Locks a work tree for as long as an undo or redo makes or removes it. */
export const HALF_DONE = 'an undo or redo of mcp-git-server is under way';

/** Whoever finds it so begins anew. */
export function isHalfDone({ locked }: LinkedPlace): boolean {
  return locked?.trimEnd() === HALF_DONE;
}

/** Whether files came into its folder after it was locked as half done. */
export function isWorkedIn(repository: Repository, { name, path }: LinkedPlace): boolean {
  const lock = lstatSync(join(linkedFolder(repository, name), 'locked'), { throwIfNoEntry: false });
  if (lock === undefined || entryKind(path) === 'absent') return false;
  if (entryKind(path) !== 'folder') return true;
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  return entries.some(
    (entry) => !entry.isDirectory() && lstatSync(join(entry.parentPath, entry.name)).ctimeMs > lock.mtimeMs,
  );
}

export function linkedPlaces(repository: Repository): readonly LinkedPlace[] {
  const folder = join(repository.commonDir, 'worktrees');
  const names = entryKind(folder) === 'folder' ? readdirSync(folder) : [];
  return names.flatMap((name) => {
    const admin = linkedFolder(repository, name);
    const link = entryKind(admin) === 'folder' ? readSmallFile(join(admin, 'gitdir')) : undefined;
    if (link === undefined) return [];
    const path = dirname(resolve(admin, link.replace(/\n$/, '')));
    const head = ON_BRANCH.exec(readSmallFile(join(admin, 'HEAD')) ?? '')?.[0];
    return [
      {
        name,
        path,
        locked: readSmallFile(join(admin, 'locked')) ?? null,
        head: head === undefined ? null : Buffer.from(head).toString('latin1'),
      },
    ];
  });
}

export function linkedFolder({ commonDir }: Repository, name: string): string {
  return join(commonDir, 'worktrees', name);
}

/** @param text of the file; `null` unlocks it */
export function writeLock(repository: Repository, name: string, text: string | null): void {
  const path = join(linkedFolder(repository, name), 'locked');
  rmSync(path, { force: true });
  if (text !== null) writeFileSync(path, text, { flag: 'wx' });
}
