import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { Unsuited } from '../libgit2/unsuited.error.js';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** A call of the kernel costs as much for this much as for a few bytes, and what is read next is often near. */
const WINDOW_BYTES = 16 * 1024;
const MAX_WINDOWS = 64;

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

  /** Not to be written into. @throws Unsuited where the file ends before */
  bytes(position: number, length: number): Buffer {
    if (position < 0 || position + length > this.size) throw new Unsuited('odd-pack');
    const number = Math.floor(position / WINDOW_BYTES);
    const start = position - number * WINDOW_BYTES;
    if (start + length > WINDOW_BYTES) return this.read(position, length);
    return this.window(number).subarray(start, start + length);
  }

  private window(number: number): Buffer {
    const known = this.windows.get(number);
    if (known !== undefined) return known;
    const from = number * WINDOW_BYTES;
    const window = this.read(from, Math.min(WINDOW_BYTES, this.size - from));
    if (this.windows.size >= MAX_WINDOWS) this.windows.clear();
    this.windows.set(number, window);
    return window;
  }

  private read(position: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    if (readSync(this.descriptor, buffer, 0, length, position) < length) throw new Unsuited('odd-pack');
    return buffer;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
