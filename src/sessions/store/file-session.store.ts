import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { FolderOwner } from './folder-owner.js';
import { type ClaimedLines, FIRST_FENCE, type SessionStore } from './session-store.port.js';

const EXTENSION = '.session';
const ID = /^[0-9a-f-]{36}$/;
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/**
 * One file per session, which lines are added to. What the system has taken outlives the process, so nothing waits for
 * a disk: a killed server loses nothing, a machine that loses power the last seconds. A file that is damaged, cannot be
 * read or is of a later release costs its own session and no other.
 */
export class FileSessionStore implements SessionStore {
  readonly durable = true;
  private readonly descriptors = new Map<string, number>();
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
    const ids = names
      .filter((name) => name.endsWith(EXTENSION))
      .map((name) => name.slice(0, -EXTENSION.length));
    return ids.filter((id) => ID.test(id));
  }

  // One process owns the folder, and with it all fencing numbers.
  async claim(id: string): Promise<ClaimedLines | undefined> {
    if (!ID.test(id) || !(await exists(this.pathOf(id)))) return undefined;
    const text = await readFile(this.pathOf(id), 'utf8');
    const end = text.lastIndexOf('\n');
    // What follows the last line end was being written when the disk was full or the power went.
    if (end + 1 < text.length) await this.cut(id, text.slice(0, end + 1));
    return { fence: FIRST_FENCE, lines: end === -1 ? [] : text.slice(0, end).split('\n') };
  }

  async read(id: string): Promise<readonly string[] | undefined> {
    if (!ID.test(id) || !(await exists(this.pathOf(id)))) return undefined;
    const lines = (await readFile(this.pathOf(id), 'utf8')).split('\n');
    return lines.slice(0, -1);
  }

  append(id: string, _fence: number, lines: readonly string[]): undefined {
    writeWhole(this.descriptorOf(id), `${lines.join('\n')}\n`);
  }

  replace(id: string, _fence: number, lines: readonly string[]): undefined {
    this.release(id);
    const next = `${this.pathOf(id)}.next`;
    try {
      writeFileSync(next, lines.map((line) => `${line}\n`).join(''), { mode: PRIVATE_FILE });
      renameSync(next, this.pathOf(id));
    } catch (error) {
      rmSync(next, { force: true });
      throw error;
    }
  }

  remove(id: string): undefined {
    this.release(id);
    rmSync(this.pathOf(id), { force: true });
  }

  async quarantine(id: string): Promise<void> {
    const folder = join(this.folder, 'quarantine');
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
    await rename(this.pathOf(id), join(folder, `${id}${EXTENSION}`));
  }

  release(id: string): void {
    const descriptor = this.descriptors.get(id);
    if (descriptor === undefined) return;
    this.descriptors.delete(id);
    closeSync(descriptor);
  }

  private cut(id: string, text: string): Promise<void> {
    return Promise.resolve(this.replace(id, FIRST_FENCE, text === '' ? [] : text.slice(0, -1).split('\n')));
  }

  private descriptorOf(id: string): number {
    const known = this.descriptors.get(id);
    if (known !== undefined) return known;
    const descriptor = openSync(this.pathOf(id), 'a', PRIVATE_FILE);
    this.descriptors.set(id, descriptor);
    return descriptor;
  }

  private pathOf(id: string): string {
    return join(this.folder, id + EXTENSION);
  }
}

function writeWhole(descriptor: number, text: string): void {
  const written = writeSync(descriptor, text);
  // A full disk may take a part; who is told so writes everything anew.
  if (written < Buffer.byteLength(text)) throw new Error('the disk took only a part of a line');
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
