import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { Unsuited } from '../libgit2/unsuited.error.js';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** A regular file that is read in places. The repository may be hostile: no link is followed, no pipe is waited for. */
export class OpenFile {
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

  /** @throws Unsuited where the file ends before */
  bytes(position: number, length: number): Buffer {
    if (position < 0 || position + length > this.size) throw new Unsuited('odd-pack');
    const buffer = Buffer.allocUnsafe(length);
    if (readSync(this.descriptor, buffer, 0, length, position) < length) throw new Unsuited('odd-pack');
    return buffer;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
