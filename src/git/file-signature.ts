import { type BigIntStats } from 'node:fs';

/** What a file that is not there is signed with. */
export const ABSENT = 'absent';

/**
 * Changes whenever the file is replaced or written, as far as the file system's clock tells. Git replaces its
 * files by renaming, so that the inode changes as well.
 */
export function signatureOf(stats: BigIntStats | undefined): string {
  if (!stats) return ABSENT;
  return `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}
