import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { Unsuited } from '../libgit2/unsuited.error.js';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** A call of the kernel costs as much for this much as for a few bytes, and what is read next is often near. */
const WINDOW_BYTES = 16 * 1024;
const MAX_WINDOWS = 64;
/** Of files that were closed: memory that is new costs as much as what is read into it. */
const free: Buffer[] = [];

/** A regular file that is read in places. The repository may be hostile: no link is followed, no pipe is waited for. */
export class OpenFile {
  /** By their number from the beginning of the file. */
  private readonly windows = new Map<number, Buffer>();

  private constructor(
    private readonly descriptor: number,
    readonly size: number,
  ) {}

  /** @throws Unsuited where it is not there, or no regular file */
  static open(path: string): OpenFile {
    let descriptor: number;
    try {
      descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch {
      throw new Unsuited('odd-file');
    }
    const stats = fstatSync(descriptor);
    if (stats.isFile()) return new OpenFile(descriptor, stats.size);
    closeSync(descriptor);
    throw new Unsuited('odd-file');
  }

  /** Not to be written into, and to be used before anything else is read. @throws Unsuited where the file ends before */
  bytes(position: number, length: number): Buffer {
    this.requireInside(position, length);
    const start = position % WINDOW_BYTES;
    if (start + length > WINDOW_BYTES) return this.read(Buffer.allocUnsafe(length), position, length);
    return this.window(position - start).subarray(start, start + length);
  }

  /** Four bytes, big endian. @throws Unsuited as above */
  uint32(position: number): number {
    this.requireInside(position, 4);
    const start = position % WINDOW_BYTES;
    if (start + 4 > WINDOW_BYTES) return this.bytes(position, 4).readUInt32BE(0);
    return this.window(position - start).readUInt32BE(start);
  }

  private requireInside(position: number, length: number): void {
    if (position < 0 || position + length > this.size) throw new Unsuited('odd-pack');
  }

  private window(from: number): Buffer {
    const known = this.windows.get(from);
    if (known !== undefined) return known;
    if (this.windows.size >= MAX_WINDOWS) this.giveBack();
    const window = free.pop() ?? Buffer.allocUnsafeSlow(WINDOW_BYTES);
    this.read(window, from, Math.min(WINDOW_BYTES, this.size - from));
    this.windows.set(from, window);
    return window;
  }

  private read(into: Buffer, position: number, length: number): Buffer {
    if (readSync(this.descriptor, into, 0, length, position) < length) throw new Unsuited('odd-pack');
    return into;
  }

  close(): void {
    this.giveBack();
    closeSync(this.descriptor);
  }

  private giveBack(): void {
    for (const window of this.windows.values()) if (free.length < MAX_WINDOWS) free.push(window);
    this.windows.clear();
  }
}
