import {
  close,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { mkdir, readdir, readFile, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';

import { FolderOwner } from './folder-owner.js';
import { type ClaimedLines, FIRST_FENCE, type SessionStore, type StoreLine } from './session-store.port.js';

const EXTENSION = '.session';
/** Of the part before the current one. */
const BEFORE = `${EXTENSION}.before`;
const LINE_END = 10;
/** For what most writes come to; one that is longer has a buffer made for it. */
const SCRATCH_BYTES = 131_072;
/** Of UTF-8, for each unit of UTF-16. */
const MOST_BYTES = 3;
const ID = /^[0-9a-f-]{36}$/;
const FILE = /^([0-9a-f-]{36})\.session(?:\.before)?$/;
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/**
 * One file per session, which lines are added to, and one more for the part before the current one. What the system has
 * taken outlives the process, so nothing waits for a disk: a killed server loses nothing, a machine that loses power the
 * last seconds. A file that is damaged, cannot be read or is of a later release costs its own session and no other.
 */
export class FileSessionStore implements SessionStore {
  readonly durable = true;
  readonly isShared = false;
  private readonly descriptors = new Map<string, number>();
  private readonly scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  private readonly owner: FolderOwner;

  /** @param folder absolute; made where it is not there */
  constructor(private readonly folder: string) {
    this.owner = new FolderOwner(folder);
  }

  open(): Promise<void> {
    mkdirSync(this.folder, { recursive: true, mode: PRIVATE_FOLDER });
    this.owner.take();
    return Promise.resolve();
  }

  close(): Promise<void> {
    for (const id of this.descriptors.keys()) this.release(id);
    this.owner.leave();
    return Promise.resolve();
  }

  async owned(): Promise<readonly string[]> {
    const names = await readdir(this.folder);
    const ids = names.map((name) => FILE.exec(name)?.[1]).filter((id) => id !== undefined);
    return [...new Set(ids)];
  }

  // One process owns the folder, and with it all fencing numbers.
  async claim(id: string): Promise<ClaimedLines | undefined> {
    const parts = await this.partsOf(id);
    const current = parts.at(-1);
    if (current === undefined) return undefined;
    const end = current.lastIndexOf(LINE_END) + 1;
    // What follows the last line end was being written when the disk was full or the power went.
    if (end < current.length) await truncate(this.pathOf(id), end);
    return { fence: FIRST_FENCE, lines: parts.flatMap(wholeLines) };
  }

  async read(id: string): Promise<readonly string[] | undefined> {
    const parts = await this.partsOf(id);
    return parts.length === 0 ? undefined : parts.flatMap(wholeLines);
  }

  append(id: string, _fence: number, lines: readonly StoreLine[]): undefined {
    writeWhole(this.descriptorOf(id), this.bytesOf(lines));
  }

  // At no point is there less than both parts say, and at no point more but what is void by then.
  beginPart(id: string, _fence: number, lines: readonly StoreLine[]): undefined {
    this.release(id);
    const before = this.pathOf(id, BEFORE);
    // Over a file that is there, a rename would wait for the disk.
    removeSoon(before);
    renameSync(this.pathOf(id), before);
    this.append(id, FIRST_FENCE, lines);
  }

  replace(id: string, _fence: number, lines: readonly StoreLine[]): undefined {
    this.release(id);
    const next = `${this.pathOf(id)}.next`;
    try {
      writeFileSync(next, `${lines.join('\n')}\n`, { mode: PRIVATE_FILE });
      renameSync(next, this.pathOf(id));
    } catch (error) {
      rmSync(next, { force: true });
      throw error;
    }
    rmSync(this.pathOf(id, BEFORE), { force: true });
  }

  remove(id: string): undefined {
    this.release(id);
    for (const extension of [BEFORE, EXTENSION]) rmSync(this.pathOf(id, extension), { force: true });
  }

  async quarantine(id: string): Promise<void> {
    const folder = join(this.folder, 'quarantine');
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
    for (const extension of [BEFORE, EXTENSION]) {
      await rename(this.pathOf(id, extension), join(folder, id + extension)).catch(unlessMissing);
    }
  }

  release(id: string): void {
    const descriptor = this.descriptors.get(id);
    if (descriptor === undefined) return;
    this.descriptors.delete(id);
    closeSync(descriptor);
  }

  private async partsOf(id: string): Promise<Buffer[]> {
    if (!ID.test(id)) return [];
    const parts = [BEFORE, EXTENSION].map((extension) =>
      readFile(this.pathOf(id, extension)).catch(unlessMissing),
    );
    return (await Promise.all(parts)).filter((part) => part !== undefined);
  }

  /** Good until the next write. */
  private bytesOf(lines: readonly StoreLine[]): Buffer {
    const { scratch } = this;
    let end = 0;
    for (const line of lines) {
      if (end + line.length * MOST_BYTES >= scratch.length) return Buffer.from(`${lines.join('\n')}\n`);
      end = typeof line === 'string' ? end + scratch.write(line, end) : line.writeTo(scratch, end);
      scratch[end] = LINE_END;
      end += 1;
    }
    return scratch.subarray(0, end);
  }

  private descriptorOf(id: string): number {
    const known = this.descriptors.get(id);
    if (known !== undefined) return known;
    const descriptor = openSync(this.pathOf(id), 'a', PRIVATE_FILE);
    this.descriptors.set(id, descriptor);
    return descriptor;
  }

  private pathOf(id: string, extension = EXTENSION): string {
    return join(this.folder, id + extension);
  }
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  const written = writeSync(descriptor, bytes);
  // A full disk may take a part; who is told so writes everything anew.
  if (written < bytes.length) throw new Error('the disk took only a part of a line');
}

/** Its name is gone at once; another thread, which has the last descriptor, frees what it takes of the disk. */
function removeSoon(path: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    return unlessMissing(error as NodeJS.ErrnoException);
  }
  try {
    unlinkSync(path);
  } finally {
    close(descriptor, () => undefined);
  }
}

function wholeLines(part: Buffer): string[] {
  return part.toString().split('\n').slice(0, -1);
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
