import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Entry, EntryLine, type SessionRecord } from '../../src/sessions/store/entry.js';
import { FileSessionStore } from '../../src/sessions/store/file-session.store.js';
import { TemporaryFolder } from './temporary-folder.js';

export const ID = '0b0e7f3c-5d86-4a83-9a1e-0d3f5b1f8f11';
const FRAME_BYTES = 300;

export const stateAt = (lastSeq: number): Entry & { kind: 'state' } => {
  const capabilities = { cancellation: true, progress: false, heartbeat: false, resume: true };
  const plain = { owner: '', startedAtMs: 0, paused: false, tokens: {}, counters: {} };
  return { kind: 'state', record: { id: ID, capabilities, ...plain, lastSeq } satisfies SessionRecord };
};
export const frameOf = (seq: number, bytes: number): Entry & { kind: 'frame' } => {
  return { kind: 'frame', frame: { seq, text: JSON.stringify({ seq, text: 'x'.repeat(bytes) }) } };
};
export const text = (entries: readonly Entry[]) =>
  linesOf(entries)
    .map((line) => `${String(line)}\n`)
    .join('');
export const linesOf = (entries: readonly Entry[]) => entries.map((entry) => new EntryLine(entry));

/** One session in a folder, and what of it is read after a kill. */
export class KeptSession {
  readonly folder = new TemporaryFolder();
  store = new FileSessionStore(this.folder.path);
  lastSeq = 0;
  /** First frame of the part before the current one, and of the current one. */
  firsts = [1, 1];

  static async open(): Promise<KeptSession> {
    const kept = new KeptSession();
    await kept.store.open();
    return kept;
  }

  path(extension = ''): string {
    return join(this.folder.path, `${ID}.session${extension}`);
  }

  frames(count: number, bytes = FRAME_BYTES): Entry[] {
    return Array.from({ length: count }, () => frameOf((this.lastSeq += 1), bytes));
  }

  add(count: number, bytes = FRAME_BYTES): void {
    this.store.append(ID, 1, linesOf(this.frames(count, bytes)));
  }

  begin(count: number, bytes = FRAME_BYTES): void {
    const frames = this.frames(count, bytes);
    this.store.beginPart(ID, 1, linesOf([...frames, stateAt(this.lastSeq)]));
  }

  replace(count: number, bytes: number): void {
    const frames = this.frames(count, bytes);
    const { record } = stateAt(this.lastSeq);
    this.store.replace(ID, 1, linesOf([{ kind: 'state', record: { ...record, whole: true } }, ...frames]));
  }

  async take({ kind, count, bytes }: Step): Promise<void> {
    const next = this.lastSeq + 1;
    if (kind === 'restart') await this.claim();
    if (kind === 'add') this.add(count, bytes);
    if (kind === 'begin') {
      this.firsts = [this.firsts[1] ?? 1, next];
      this.begin(count, bytes);
    }
    if (kind === 'replace') {
      this.firsts = [next, next];
      this.replace(count, bytes);
    }
  }

  files(): Files {
    const [current, before] = ['', '.before'].map((extension) => {
      const path = this.path(extension);
      return existsSync(path) ? readFileSync(path) : undefined;
    });
    return { current, before };
  }

  /** Until a file is written over, with so many frames in each part. */
  turn(count: number): void {
    this.store.append(ID, 1, linesOf([stateAt(0)]));
    for (let part = 0; part < 3; part += 1) {
      this.add(count);
      this.begin(1);
    }
  }

  /** In a new process. @param boot start of the system, where it is another one */
  async claim(boot?: string): Promise<readonly string[]> {
    await this.store.close();
    this.store = new FileSessionStore(this.folder.path, boot);
    await this.store.open();
    return (await this.store.claim(ID))?.lines ?? [];
  }

  async close(): Promise<void> {
    await this.store.close();
    this.folder.remove();
  }
}

export interface Files {
  readonly current: Buffer | undefined;
  readonly before: Buffer | undefined;
}

export interface Step {
  readonly kind: string;
  readonly count: number;
  readonly bytes: number;
  /** Where in it a kill comes. */
  readonly cut: number;
}
