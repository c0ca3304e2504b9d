import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';

import { ABSENT, signatureOf } from '../file-signature.js';
import { Unsuited } from './unsuited.error.js';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const MISSING = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);
const buffer = Buffer.alloc(4_096);

/**
 * The text of a file of a few bytes (HEAD, a ref), `null` where there is none. The repository may be hostile: no
 * link is followed, and a pipe does not hang the reader.
 */
export function readSmallFile(path: string): string | null {
  return opened(path, (descriptor) => {
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    if (length === buffer.length) throw new Unsuited('odd-file');
    return buffer.toString('utf8', 0, length);
  });
}

/** Whether nothing stands there. To ask first costs a tenth of the error that opening it would end in. */
export function isAbsent(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** The first `length` bytes, fewer where the file has no more, `null` where there is none. */
export function readStart(path: string, length: number): Buffer | null {
  return opened(path, (descriptor) => {
    const start = Buffer.alloc(length);
    return start.subarray(0, readSync(descriptor, start, 0, length, 0));
  });
}

/** The last `length` bytes of a regular file, fewer where it has no more, `null` where there is none. */
export function readEnd(path: string, length: number): Buffer | null {
  return opened(path, (descriptor) => {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Unsuited('odd-file');
    const end = Buffer.alloc(Math.min(length, stats.size));
    return end.subarray(0, readSync(descriptor, end, 0, end.length, stats.size - end.length));
  });
}

/** The bytes of a regular file of at most `maxBytes`, `null` where there is none. */
export function readRegularFile(path: string, maxBytes: number): Buffer | null {
  return opened(path, (descriptor) => {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > maxBytes) throw new Unsuited('odd-file');
    return readFileSync(descriptor);
  });
}

export function signFile(path: string): string {
  try {
    return signatureOf(statSync(path, { bigint: true, throwIfNoEntry: false }));
  } catch (error) {
    if (isMissing(error)) return ABSENT;
    throw new Unsuited('odd-file');
  }
}

function opened<T>(path: string, read: (descriptor: number) => T): T | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) return null;
    throw new Unsuited('odd-file');
  }
  try {
    return read(descriptor);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && MISSING.has(String(error.code));
}
