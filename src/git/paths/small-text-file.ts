import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  type PathLike,
  readFileSync,
  readSync,
  type Stats,
} from 'node:fs';

import { type Clock } from '../../shared/clock.js';
import { statSignature } from '../cli/stat-signature.js';

const MAX_BYTES = 2 ** 20;
const MAX_LINE_BYTES = 4_096;
const MAX_FILES = 4_096;
// A pipe must not hang the server, and what a link points to is not the repository's file.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** What a small file of a repository says, parsed once for as long as the file looks the same. */
export class SmallTextFiles<T> {
  private readonly known = new Map<string, { readonly signature: string; readonly value: T }>();

  constructor(
    private readonly parse: (text: string) => T,
    private readonly clock: Clock,
  ) {}

  /** @returns `undefined` where there is no regular file of a reasonable size */
  read(path: string): T | undefined {
    const signature = statSignature(path);
    const cached = this.known.get(path);
    if (cached?.signature === signature.text) return cached.value;
    this.known.delete(path);
    const text = signature.text === 'absent' ? undefined : readSmallFile(path);
    if (text === undefined) return undefined;
    const value = this.parse(text);
    if (signature.settled(this.clock.nowMs())) this.keep(path, signature.text, value);
    return value;
  }

  private keep(path: string, signature: string, value: T): void {
    const oldest = this.known.keys().next();
    if (this.known.size >= MAX_FILES && !oldest.done) this.known.delete(oldest.value);
    this.known.set(path, { signature, value });
  }
}

/** @returns `undefined` where there is no regular file of a reasonable size */
export function readSmallFile(path: PathLike): string | undefined {
  return readRegular(path, (descriptor, { size }) =>
    size <= MAX_BYTES ? readFileSync(descriptor, 'utf8') : undefined,
  );
}

/**
 * The last line of a file of any size, or its last 4 KiB, and when it was written, in milliseconds since 1970.
 *
 * @returns `undefined` where there is no regular file
 */
export function readLastLine(path: string): { readonly line: string; readonly mtimeMs: number } | undefined {
  return readRegular(path, (descriptor, { size, mtimeMs }) => {
    const end = Buffer.alloc(Math.min(size, MAX_LINE_BYTES));
    const length = readSync(descriptor, end, 0, end.length, size - end.length);
    return { line: end.toString('utf8', 0, length).trimEnd().split('\n').at(-1) ?? '', mtimeMs };
  });
}

function readRegular<T>(path: PathLike, read: (descriptor: number, stats: Stats) => T): T | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, FLAGS);
  } catch {
    return undefined;
  }
  try {
    const stats = fstatSync(descriptor);
    return stats.isFile() ? read(descriptor, stats) : undefined;
  } finally {
    closeSync(descriptor);
  }
}

export type EntryKind = 'file' | 'folder' | 'link' | 'other' | 'absent';

/** What stands at a path, without following it. */
export function entryKind(path: string): EntryKind {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return 'absent';
    if (stat.isSymbolicLink()) return 'link';
    if (stat.isDirectory()) return 'folder';
    return stat.isFile() ? 'file' : 'other';
  } catch {
    return 'absent';
  }
}
