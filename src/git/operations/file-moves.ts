import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  type Stats,
  symlinkSync,
  unlinkSync,
} from 'node:fs';

import { ServerError } from '../../shared/errors/index.js';
import { isGitFolderName } from '../paths/git-folder-name.js';
import { refused } from '../refusal.js';

/** Where a path leads out of the work tree, or into git's own folder, it is none that a snapshot has. */
export function refuseOutside(path: string): void {
  const parts = path.split('/').map((part) => Buffer.from(part, 'latin1').toString());
  const isOdd = parts.some((part) => part === '' || part === '.' || part === '..' || isGitFolderName(part));
  if (!isOdd && !path.includes('\0')) return;
  throw new ServerError('path_not_allowed', 'The operation log names a path that is not of the work tree');
}

/** A path of bytes (one character each) below a folder. */
export function below(folder: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')]);
}

/** What is there, links not followed. */
export function statOf(path: Buffer): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // A parent that is a file.
    return undefined;
  }
}

/** Puts a file or link at the same path below another folder. There it must be absent; empty folders give way. */
export function moveFile(from: string, to: string, path: string): void {
  makeFolders(to, path);
  const target = below(to, path);
  // git leaves an empty folder where a submodule would be.
  if (statOf(target)?.isDirectory()) removeIfEmpty(target);
  if (statOf(target) !== undefined) throw inTheWay();
  rename(below(from, path), target);
}

export function makeFolders(root: string, path: string): void {
  for (const folder of foldersOf(path)) {
    const stats = statOf(below(root, folder));
    // From the top down: below a link the next folder would be made wherever that leads.
    if (stats === undefined) mkdirSync(below(root, folder));
    else if (!stats.isDirectory()) throw inTheWay();
  }
}

/** The folders that a file was in, as far as nothing else is in them. */
export function removeEmptyFolders(root: string, path: string): void {
  for (const folder of foldersOf(path).toReversed()) {
    if (!removeIfEmpty(below(root, folder))) return;
  }
}

function removeIfEmpty(folder: Buffer): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

export function isBehindLink(root: string, path: string): boolean {
  return foldersOf(path).some((folder) => statOf(below(root, folder))?.isDirectory() !== true);
}

/** `a`, `a/b` of `a/b/c`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

// A linked work tree may be on another file system than git's folder.
function rename(from: Buffer, to: Buffer): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const part = Buffer.concat([to, Buffer.from('.mcp-git-part')]);
    if (statOf(part) !== undefined) unlinkSync(part);
    if (statOf(from)?.isSymbolicLink()) symlinkSync(readlinkSync(from, { encoding: 'buffer' }), part);
    else copyFileSync(from, part);
    renameSync(part, to);
    unlinkSync(from);
  }
}

function inTheWay(): ServerError {
  const message = 'A file or link stands where another one or a folder belongs; put it away, then try again';
  return refused('newer_work', message);
}
