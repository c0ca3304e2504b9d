import { constants } from 'node:fs';
import { copyFile, lstat, open, rm, utimes } from 'node:fs/promises';

const HEADER_BYTES = 12;
const COUNT_AT = 8;
/**
 * What was written that recently before a copy counts as written after it, so that git looks at its contents: clocks of
 * files may be as coarse as a second.
 */
const DOUBT_SECONDS = 1;

/** What an index file is at one moment: whether it was written since, and how much it lists. */
export interface CopyState {
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  readonly entries: number;
}

/** Copies an index and its time. */
export async function copyIndex(from: string, to: string, mtimeMs: number): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await dateBack(to, mtimeMs);
}

/**
 * Git tells by the time of an index which of its entries, and of the folders noted in it, may have changed unseen: it
 * doubts those that are younger than that moment.
 */
export async function dateBack(path: string, sinceMs: number): Promise<void> {
  const seconds = Math.floor(sinceMs / 1_000) - DOUBT_SECONDS;
  await utimes(path, seconds, seconds);
}

/** @returns `undefined` where it is gone or no index */
export async function copyState(path: string): Promise<CopyState | undefined> {
  try {
    const { ino, mtimeNs } = await lstat(path, { bigint: true });
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
      return bytesRead < HEADER_BYTES ? undefined : { ino, mtimeNs, entries: buffer.readUInt32BE(COUNT_AT) };
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

export async function removeCopy(path: string): Promise<void> {
  await Promise.all([path, `${path}.lock`].map((file) => rm(file, { force: true })));
}
