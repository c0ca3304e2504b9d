import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

import { type LineBuffer } from './line-buffer.js';
import { readPart } from './part.js';
import { MOST_HEADING_BYTES, parseHeading, type PartHeading } from './part-heading.js';
import { type StoreLine } from './session-store.port.js';

const PRIVATE_FILE = 0o600;

/** A file of a session that lines are added to, behind its last one: what the file has there already is written over. */
export class PartFile {
  private constructor(
    private readonly descriptor: number,
    private readonly heading: PartHeading | undefined,
    private written: number,
  ) {}

  /** Where the next line goes, in bytes. */
  get end(): number {
    return this.written;
  }

  /** Above that of each part before; 0 where it has no heading. */
  get number(): number {
    return this.heading?.number ?? 0;
  }

  /** Begins a part in a new file, or over what a file has. */
  static begin(path: string, isNew: boolean, heading: PartHeading | undefined): PartFile {
    return new PartFile(openSync(path, isNew ? 'wx' : 'r+', PRIVATE_FILE), heading, 0);
  }

  /** Goes on with the part that a file has. @param boot start of the system @returns nothing where there is no such file */
  static goOn(path: string, boot: string): PartFile | undefined {
    const descriptor = openThere(path);
    if (descriptor === undefined) return undefined;
    try {
      const { heading, end } = readPart(readFileSync(descriptor), boot);
      return new PartFile(descriptor, heading, end);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** @throws Error where the disk does not take all; what it took is no line then, and written over */
  write(lines: readonly StoreLine[], buffer: LineBuffer): void {
    const { bytes, lasting } = buffer.bytesOf(lines, this.heading, this.written === 0);
    const written = writeSync(this.descriptor, bytes, 0, bytes.length, this.written);
    // A full disk may take a part; who is told so writes everything anew.
    if (written < bytes.length) throw new Error('the disk took only a part of a line');
    this.written += lasting;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** The number of the part that a file has; 0 where that has no heading, or there is no such file. */
export function numberIn(path: string): number {
  const descriptor = openThere(path);
  if (descriptor === undefined) return 0;
  try {
    const start = Buffer.alloc(MOST_HEADING_BYTES);
    const length = readSync(descriptor, start, 0, start.length, 0);
    const heading = parseHeading(start.toString('latin1', 0, length).split('\n', 1)[0] ?? '');
    return typeof heading === 'object' ? heading.number : 0;
  } finally {
    closeSync(descriptor);
  }
}

function openThere(path: string): number | undefined {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
