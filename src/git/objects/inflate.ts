import { inflateSync } from 'node:zlib';

import { Unsuited } from '../libgit2/unsuited.error.js';
import { reusedZlib } from './reused-zlib.js';

const LEAST_CHUNK = 64;

/**
 * @param bytes more may follow the stream
 * @param size of the inflated bytes
 * @throws Unsuited where they are damaged, or more or fewer
 */
export type Inflate = (bytes: Buffer, size: number) => Buffer;

export const inflate = inflateBy(reusedZlib());

/** @param zlib where there is none, one is set up for each stream */
export function inflateBy(zlib: ReturnType<typeof reusedZlib>): Inflate {
  return (bytes, size) => {
    const content = zlib === undefined ? upTo(bytes, size) : zlib.inflate(bytes, size);
    if (content?.length !== size) throw new Unsuited('odd-object');
    return content;
  };
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
