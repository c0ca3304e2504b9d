import { createReadStream, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline, type Readable } from 'node:stream';

import { statOf } from '../operations/file-moves.js';
import { realPathOf } from '../paths/allowed-roots.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { checked } from './content-check.js';
import { type LfsPointer } from './pointer.js';

const OID = /^[0-9a-f]{64}$/;

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

export function namesIn(folder: string, wanted: RegExp): readonly string[] {
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

/** @param pointer one that `isStored` */
export async function discard(repository: Repository, pointer: LfsPointer): Promise<void> {
  await rm(storedPath(repository, pointer), { force: true });
}

/** Where the content is, or would be. */
function storedPath(repository: Repository, { oid }: LfsPointer): string {
  return join(folderOf(repository, oid), oid);
}

function folderOf({ commonDir }: Repository, oid: string): string {
  return join(commonDir, 'lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4));
}
