import { inflateSync } from 'node:zlib';

import { Unsuited } from '../libgit2/unsuited.error.js';
import { inflateSmall } from './small-inflate.js';

const LEAST_CHUNK = 64;
/** From here on zlib has caught up with what it costs to set up. */
const SMALL_BYTES = 4 * 1024;

/** @param size of the inflated bytes @throws Unsuited where they are damaged, or more or fewer */
export function inflate(bytes: Buffer, size: number): Buffer {
  if (size <= SMALL_BYTES) return inflateSmall(bytes, size);
  const content = upTo(bytes, size);
  if (content.length !== size) throw new Unsuited('odd-object');
  return content;
}

/** @throws Unsuited where they are damaged, or more than `maxBytes` */
export function upTo(bytes: Buffer, maxBytes: number): Buffer {
  try {
    return inflateSync(bytes, {
      maxOutputLength: Math.max(1, maxBytes),
      chunkSize: Math.max(LEAST_CHUNK, maxBytes + 1),
    });
  } catch {
    throw new Unsuited('odd-object');
  }
}

/** The most that zlib makes of so many bytes. */
export function deflatedBound(size: number): number {
  return size + (size >> 12) + (size >> 14) + (size >> 25) + 13;
}
