import { join } from 'node:path';

import { entryCount } from '../libgit2/index-file.js';
import { readStart } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type Repository } from '../repository.js';

/** Some 300 entries: enough to tell small files from large ones, and read in less time than a process needs to start. */
const SAMPLE_BYTES = 32 * 2 ** 10;
const VERSION = 2;
const HEADER = 12;
const SIZE = 36;
const FIXED = 62;

/**
 * How large files of the work tree are, going by the first ones of the index.
 *
 * @returns bytes, the mean; `undefined` where the index is none that is simply read, or says no sizes
 */
export function usualFileBytes({
  gitDir,
  objectFormat,
}: Pick<Repository, 'gitDir' | 'objectFormat'>): number | undefined {
  if (objectFormat !== 'sha1') return undefined;
  try {
    const start = readStart(join(gitDir, 'index'), SAMPLE_BYTES);
    return start === null ? undefined : meanSize(start);
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  }
}

/** @param start of an index, which may end within an entry */
function meanSize(start: Buffer): number | undefined {
  let left = entryCount(start);
  if (start.readUInt32BE(4) !== VERSION) return undefined;
  let [bytes, files] = [0, 0];
  for (let at = HEADER; left > 0; left -= 1) {
    const nameEnd = start.indexOf(0, at + FIXED);
    if (nameEnd === -1) break;
    const size = start.readUInt32BE(at + SIZE);
    // Git has not looked at the file, or is to look at it again.
    if (size > 0) [bytes, files] = [bytes + size, files + 1];
    // Filled up with one to eight NUL.
    at += (nameEnd - at + 8) & ~7;
  }
  return files === 0 ? undefined : bytes / files;
}
