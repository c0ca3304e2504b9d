import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { pipeline as pass } from 'node:stream/promises';

import { ServerError } from '../../shared/errors/index.js';
import { statOf } from '../operations/file-moves.js';
import { realPathOf } from '../paths/allowed-roots.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { checked } from './content-check.js';
import { type LfsPointer } from './pointer.js';

const OID = /^[0-9a-f]{64}$/;
const HALF = /^[0-9a-f]{64}-[0-9a-f]{24}$/;
/** Nothing comes more slowly: a connection is given up long before. git-lfs takes the same time for what it leaves. */
const LEFT_MS = 3_600_000;

/** Whether the content lies in the repository's own store, `lfs/objects` of git's folder. */
export function isStored(repository: Repository, { oid, size }: LfsPointer): boolean {
  const folder = folderOf(repository, oid);
  // What a link leads to is not the repository's.
  if (realPathOf(folder) !== folder) return false;
  const stats = statOf(Buffer.from(join(folder, oid)));
  return stats?.isFile() === true && stats.size === size;
}

export interface StoredObject {
  readonly oid: string;
  /** Bytes. */
  readonly size: number;
  /** Relative to git's folder. */
  readonly path: string;
  readonly absolute: string;
}

/** What lies in the store under the name of its content; what a link leads to is not the repository's. */
export function storedObjects({ commonDir }: Repository): readonly StoredObject[] {
  const top = join(commonDir, 'lfs', 'objects');
  if (realPathOf(top) !== top) return [];
  return namesIn(top, /^[0-9a-f]{2}$/).flatMap((one) =>
    namesIn(join(top, one), /^[0-9a-f]{2}$/).flatMap((two) =>
      namesIn(join(top, one, two), OID)
        .filter((oid) => oid.startsWith(one + two))
        .flatMap((oid) => {
          const absolute = join(top, one, two, oid);
          const stats = statOf(Buffer.from(absolute));
          const path = relative(commonDir, absolute);
          return stats?.isFile() === true ? [{ oid, size: stats.size, path, absolute }] : [];
        }),
    ),
  );
}

function namesIn(folder: string, wanted: RegExp): readonly string[] {
  if (entryKind(folder) !== 'folder') return [];
  return readdirSync(folder).filter((name) => wanted.test(name));
}

/**
 * The content as it is stored; it may have been damaged, or planted, and then reading fails before its end.
 *
 * @param taken is told how many bytes were read
 */
export function readStored(
  repository: Repository,
  pointer: LfsPointer,
  taken?: (bytes: number) => void,
): Readable {
  // What goes wrong is told to whoever reads.
  return pipeline(
    createReadStream(storedPath(repository, pointer)),
    checked(pointer, taken),
    () => undefined,
  );
}

/**
 * Puts content into the store, if it is what the pointer stands for: nothing else is ever seen there, and nothing half.
 *
 * @param taken is told how many bytes have come
 * @throws ServerError `path_not_allowed` with `details.link` where the store is a link; `operation_failed` with
 *   `details.reason: 'wrong-content'`; what reading `content` throws
 */
export async function store(
  repository: Repository,
  pointer: LfsPointer,
  content: Readable,
  taken: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { oid } = pointer;
  const folder = folderIn(repository, `lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}`);
  const temporary = join(folderIn(repository, 'lfs/tmp'), `${oid}-${randomBytes(12).toString('hex')}`);
  try {
    const file = createWriteStream(temporary, { flags: 'wx' });
    await pass(content, checked(pointer, taken), file, { signal });
    await rename(temporary, join(folder, oid));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** @param pointer one that `isStored` */
export async function discard(repository: Repository, pointer: LfsPointer): Promise<void> {
  await rm(storedPath(repository, pointer), { force: true });
}

/**
 * Removes what a server that was killed has left half.
 *
 * @param nowMs since 1970
 */
export function removeLeftContent({ commonDir }: Repository, nowMs: number): void {
  const folder = join(commonDir, 'lfs', 'tmp');
  if (realPathOf(folder) !== folder) return;
  for (const name of namesIn(folder, HALF)) {
    const path = join(folder, name);
    const writtenMs = statOf(Buffer.from(path))?.mtimeMs ?? nowMs;
    if (nowMs - writtenMs > LEFT_MS) rmSync(path, { force: true });
  }
}

/** Where the content is, or would be. */
function storedPath(repository: Repository, { oid }: LfsPointer): string {
  return join(folderOf(repository, oid), oid);
}

function folderOf({ commonDir }: Repository, oid: string): string {
  return join(commonDir, 'lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4));
}

/** Made as needed, and never through a link. */
function folderIn({ commonDir }: Repository, path: string): string {
  let folder = commonDir;
  for (const part of path.split('/')) {
    folder = join(folder, part);
    if (entryKind(folder) === 'absent') mkdirSync(folder, { recursive: true });
    if (entryKind(folder) !== 'folder') throw noFolder(relative(commonDir, folder));
  }
  return folder;
}

function noFolder(link: string): ServerError {
  const message = "The store of Git LFS in git's folder is a link or a file; nothing is written through it";
  return new ServerError('path_not_allowed', message, { details: { link } });
}
