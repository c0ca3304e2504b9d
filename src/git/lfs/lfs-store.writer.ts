import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { ServerError } from '../../shared/errors/index.js';
import { statOf } from '../operations/file-moves.js';
import { realPathOf } from '../paths/allowed-roots.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { checked, isWrongContent, type ReadBefore, wrongContent } from './content-check.js';
import { namesIn } from './lfs-store.js';
import { type LfsPointer } from './pointer.js';

/** Content on its way here. */
export interface Content {
  readonly stream: Readable;
  /** Which byte of it comes first; the first of all is 0. */
  readonly from: number;
}

const TEMPORARY = 'lfs/tmp';
const HALF = /^[0-9a-f]{64}(-[0-9a-f]{24}|\.part)$/;
const LEFT_MS = 86_400_000;
/** Less comes again as fast as it is looked for. */
const LEAST_PART_BYTES = 2 ** 20;
const RANGE_NOT_SATISFIABLE = 416;

/**
 * Puts content into the store, if it is what the pointer stands for: nothing else is ever seen there, and nothing half.
 * What has come is kept beside it where the rest does not come, and not asked for again.
 *
 * @param open asked for the content from a byte on; may give it from the first
 * @param taken is told how many bytes have come
 * @throws ServerError `path_not_allowed` with `details.link` where the store is a link; `operation_failed` with
 *   `details.reason: 'wrong-content'`; what `open` and reading throw
 */
export async function store(
  repository: Repository,
  pointer: LfsPointer,
  open: (from: number) => Promise<Content>,
  taken: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { oid } = pointer;
  const folder = folderIn(repository, `lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}`);
  const temporary = temporaryFile(repository, oid);
  const part = join(folderIn(repository, TEMPORARY), `${oid}.part`);
  const bytes = claimed(part, temporary, pointer);
  try {
    // Read first: a host does not wait until some gigabytes have been.
    const kept = bytes === 0 ? undefined : await readBefore(temporary, bytes);
    const { stream, from } = await open(bytes);
    if (from !== 0 && from !== bytes) {
      stream.destroy();
      throw wrongContent();
    }
    const before = from === 0 ? undefined : kept;
    if (before) taken(from);
    const file = createWriteStream(temporary, before ? { flags: 'r+', start: from } : { flags: 'w' });
    await pipeline(stream, checked(pointer, taken, before), file, { signal });
    await rename(temporary, join(folder, oid));
  } catch (error) {
    if (isUseless(error) || (statOf(Buffer.from(temporary))?.size ?? 0) < LEAST_PART_BYTES) {
      await rm(temporary, { force: true });
    } else await rename(temporary, part);
    throw error;
  }
}

/** A name that nobody has, in the repository's place for what is not whole. */
export function temporaryFile(repository: Repository, oid: string): string {
  return join(folderIn(repository, TEMPORARY), `${oid}-${randomBytes(12).toString('hex')}`);
}

/**
 * Removes what was left half and not gone on with.
 *
 * @param nowMs since 1970
 */
export function removeLeftContent({ commonDir }: Repository, nowMs: number): void {
  const folder = join(commonDir, TEMPORARY);
  if (realPathOf(folder) !== folder) return;
  for (const name of namesIn(folder, HALF)) {
    const path = join(folder, name);
    const writtenMs = statOf(Buffer.from(path))?.mtimeMs ?? nowMs;
    if (nowMs - writtenMs > LEFT_MS) rmSync(path, { force: true });
  }
}

/** @returns how many bytes there are, which are now this call's alone */
function claimed(part: string, temporary: string, { size }: LfsPointer): number {
  const stats = statOf(Buffer.from(part));
  if (stats?.isFile() !== true || stats.size >= size) return 0;
  try {
    renameSync(part, temporary);
    return stats.size;
  } catch {
    return 0; // Another call was faster.
  }
}

async function readBefore(path: string, bytes: number): Promise<ReadBefore> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { end: bytes - 1 })) hash.update(chunk as Buffer);
  return { hash, bytes };
}

/** What was kept is something else, or the server says that there is nothing behind it. */
function isUseless(error: unknown): boolean {
  const { status } = { ...(error instanceof ServerError && error.details) } as { status?: unknown };
  return isWrongContent(error) || status === RANGE_NOT_SATISFIABLE;
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
