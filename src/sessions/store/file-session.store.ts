import { close, mkdirSync, openSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';

import { bootId } from '../../shared/process-identity.js';
import { FolderOwner } from './folder-owner.js';
import { LineBuffer, textOf } from './line-buffer.js';
import { numberIn, PartFile } from './part-file.js';
import { newHeading } from './part-heading.js';
import { joinParts, type PartPair } from './part-pair.js';
import { type ClaimedLines, FIRST_FENCE, type SessionStore, type StoreLine } from './session-store.port.js';
import { readStored } from './stored-session.js';

const EXTENSION = '.session';
/** Of the part before the current one. */
const BEFORE = `${EXTENSION}.before`;
/** Of a part that is void, on its way to be written over as the current one. */
const SPARE = `${EXTENSION}.spare`;
/** Of what is to be put in the place of all parts. */
const NEXT = `${EXTENSION}.next`;
const ID = /^[0-9a-f-]{36}$/;
const FILE = /^([0-9a-f-]{36})\.session(?:\.before)?$/;
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/** What is known of the files of a session that is written to. */
interface Files {
  /** Of the current part, the highest there is; 0 of the only one that has no heading. */
  number: number;
  current: PartFile;
  /** Whether the part before is this process's own, and may be written over once it is void. */
  mayReuse: boolean;
}

/**
 * One file per session, which lines are added to, and one more for the part before the current one. What the system has
 * taken outlives the process, so nothing waits for a disk: a killed server loses nothing, a machine that loses power the
 * last seconds. A file that is damaged, cannot be read or is of a later release costs its own session and no other.
 */
export class FileSessionStore implements SessionStore {
  readonly durable = true;
  readonly isShared = false;
  private readonly files = new Map<string, Files>();
  /** Sessions whose files cannot be added to as a loss of power left them, and why they could not be written anew. */
  private readonly unready = new Map<string, unknown>();
  private readonly buffer = new LineBuffer();
  private readonly owner: FolderOwner;

  /**
   * @param folder absolute; made where it is not there
   * @param boot start of the system; where that is not to be had, no file is used again
   */
  constructor(
    private readonly folder: string,
    private readonly boot = bootId(),
  ) {
    this.owner = new FolderOwner(folder);
  }

  open(): Promise<void> {
    mkdirSync(this.folder, { recursive: true, mode: PRIVATE_FOLDER });
    this.owner.take();
    return Promise.resolve();
  }

  close(): Promise<void> {
    for (const id of this.files.keys()) this.release(id);
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
    const found = await this.pairOf(id);
    if (found === undefined) return undefined;
    const { lines, goesOn, plainEnd, number } = found;
    this.unready.delete(id);
    try {
      // What cannot be read is left as it is for whoever looks into it.
      const mayChange = (!goesOn || plainEnd !== undefined) && readStored(lines).kind === 'whole';
      if (mayChange && !goesOn) this.writeAnew(id, number, lines, true);
      // What follows the last line end was being written when the disk was full or the power went.
      if (mayChange && goesOn && plainEnd !== undefined) await truncate(this.pathOf(id), plainEnd);
    } catch (error) {
      // A full disk costs no session: it is one that the store has missed something of, until `replace` finds room.
      this.unready.set(id, error);
    }
    return { fence: FIRST_FENCE, lines, isBehind: this.unready.has(id) };
  }

  async read(id: string): Promise<readonly string[] | undefined> {
    return (await this.pairOf(id))?.lines;
  }

  append(id: string, _fence: number, lines: readonly StoreLine[]): undefined {
    this.filesOf(id).current.write(lines, this.buffer);
  }

  // At no point is there less than both parts say, and at no point more but what is void by then. A write into pages that a
  // file has takes a quarter of the time of one into new pages, and nothing is to be freed: the part before the last is written over.
  beginPart(id: string, _fence: number, lines: readonly StoreLine[]): undefined {
    const { number, mayReuse, current: last } = this.filesOf(id);
    this.release(id);
    const [path, before, spare] = [this.pathOf(id), this.pathOf(id, BEFORE), this.pathOf(id, SPARE)];
    // Over a file that is there, a rename would wait for the disk.
    if (mayReuse) renameSync(before, spare);
    else removeSoon(before);
    renameSync(path, before);
    if (mayReuse) renameSync(spare, path);
    const current = PartFile.begin(path, !mayReuse, newHeading(number + 1, this.boot, last.end));
    this.files.set(id, { number: number + 1, current, mayReuse: this.boot !== '' });
    current.write(lines, this.buffer);
  }

  replace(id: string, _fence: number, lines: readonly StoreLine[]): undefined {
    const paths = [EXTENSION, BEFORE].map((extension) => this.pathOf(id, extension));
    this.writeAnew(id, this.files.get(id)?.number ?? Math.max(...paths.map(numberIn)), lines);
  }

  remove(id: string): undefined {
    try {
      this.unready.delete(id);
      this.release(id);
    } finally {
      for (const extension of [NEXT, SPARE, BEFORE, EXTENSION])
        rmSync(this.pathOf(id, extension), { force: true });
    }
  }

  async quarantine(id: string): Promise<void> {
    this.unready.delete(id);
    const folder = join(this.folder, 'quarantine');
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
    for (const extension of [NEXT, SPARE]) rmSync(this.pathOf(id, extension), { force: true });
    for (const extension of [BEFORE, EXTENSION]) {
      await rename(this.pathOf(id, extension), join(folder, id + extension)).catch(unlessMissing);
    }
  }

  release(id: string): void {
    const known = this.files.get(id);
    // Where closing it fails, the descriptor is gone all the same, and may be another file's next.
    this.files.delete(id);
    known?.current.close();
  }

  private async pairOf(id: string): Promise<PartPair | undefined> {
    if (!ID.test(id)) return undefined;
    const parts = [BEFORE, EXTENSION].map((extension) =>
      readFile(this.pathOf(id, extension)).catch(unlessMissing),
    );
    const [before, current] = await Promise.all(parts);
    return before === undefined && current === undefined ? undefined : joinParts(before, current, this.boot);
  }

  /** @param number the highest of a part that there is @param flush whether it is to be on the disk before the parts go */
  private writeAnew(id: string, number: number, lines: readonly StoreLine[], flush = false): void {
    this.release(id);
    const next = this.pathOf(id, NEXT);
    try {
      const heading = number === 0 ? undefined : newHeading(number + 1, this.boot, 0);
      const closing = heading === undefined ? '' : `${heading.closing}\n`;
      writeFileSync(next, textOf(lines, heading, true) + closing, { mode: PRIVATE_FILE, flush });
      renameSync(next, this.pathOf(id));
      this.unready.delete(id);
    } catch (error) {
      rmSync(next, { force: true });
      throw error;
    }
    for (const extension of [BEFORE, SPARE]) rmSync(this.pathOf(id, extension), { force: true });
  }

  private filesOf(id: string): Files {
    const known = this.files.get(id);
    if (known !== undefined) return known;
    const cause = this.unready.get(id);
    if (cause !== undefined) throw new Error('the session is to be written anew first', { cause });
    const path = this.pathOf(id);
    const current = PartFile.goOn(path, this.boot) ?? PartFile.begin(path, true, undefined);
    const files = { number: current.number, current, mayReuse: false };
    this.files.set(id, files);
    return files;
  }

  private pathOf(id: string, extension = EXTENSION): string {
    return join(this.folder, id + extension);
  }
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

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
