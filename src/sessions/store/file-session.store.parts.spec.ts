import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { array, asyncProperty, assert, constantFrom, integer, record } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TemporaryFolder } from '../../../test/support/temporary-folder.js';
import { type Entry, EntryLine, type SessionRecord } from './entry.js';
import { FileSessionStore } from './file-session.store.js';
import { headingLine, newHeading } from './part-heading.js';
import { readStored } from './stored-session.js';

const ID = '0b0e7f3c-5d86-4a83-9a1e-0d3f5b1f8f11';
const FRAME_BYTES = 300;
const NOTHING = Buffer.alloc(0);

const stateAt = (lastSeq: number): Entry & { kind: 'state' } => {
  const capabilities = { cancellation: true, progress: false, heartbeat: false, resume: true };
  const plain = { owner: '', startedAtMs: 0, paused: false, tokens: {}, counters: {} };
  return { kind: 'state', record: { id: ID, capabilities, ...plain, lastSeq } satisfies SessionRecord };
};
const frameOf = (seq: number, bytes: number): Entry => {
  return { kind: 'frame', frame: { seq, text: JSON.stringify({ seq, text: 'x'.repeat(bytes) }) } };
};
const text = (entries: readonly Entry[]) =>
  linesOf(entries)
    .map((line) => `${String(line)}\n`)
    .join('');
const linesOf = (entries: readonly Entry[]) => entries.map((entry) => new EntryLine(entry));

const STEP = record({
  kind: constantFrom('add', 'add', 'add', 'begin', 'begin', 'replace', 'restart'),
  count: integer({ min: 1, max: 6 }),
  bytes: integer({ min: 0, max: 600 }),
  cut: integer({ min: 0, max: 1_000_000 }),
});

/** One session in a folder, and what of it is read after a kill. */
class Kept {
  readonly folder = new TemporaryFolder();
  store = new FileSessionStore(this.folder.path);
  lastSeq = 0;
  /** First frame of the part before the current one, and of the current one. */
  firsts = [1, 1];

  static async open(): Promise<Kept> {
    const kept = new Kept();
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

  /** In a new process. */
  async claim(): Promise<readonly string[]> {
    await this.store.close();
    this.store = new FileSessionStore(this.folder.path);
    await this.store.open();
    return (await this.store.claim(ID))?.lines ?? [];
  }

  async close(): Promise<void> {
    await this.store.close();
    this.folder.remove();
  }
}

interface Files {
  readonly current: Buffer | undefined;
  readonly before: Buffer | undefined;
}

interface Step {
  readonly kind: string;
  readonly count: number;
  readonly bytes: number;
  /** Where in it a kill comes. */
  readonly cut: number;
}

/** What a kill leaves that interrupts what was done between these files and those of now. */
function interrupted(from: Files, to: Files, { kind, cut }: Step): Record<string, Buffer | undefined> {
  const [old = NOTHING, now = NOTHING] = [from.current, to.current];
  // One rename puts it in the place of both parts; what is removed after that may be there still.
  if (kind === 'replace') return { '': now, '.before': from.before };
  if (kind !== 'begin') return { '': overlaid(now, old, cut), '.before': to.before };
  if (cut % 8 === 0) return { '': old, '.spare': from.before };
  if (cut % 8 === 1) return { '.before': old, '.spare': from.before };
  return { '': overlaid(now, from.before ?? NOTHING, cut), '.before': old };
}

/** What is written of the bytes that differ before it is cut short. */
function overlaid(now: Buffer, old: Buffer, cut: number): Buffer {
  const other = now.findIndex((byte, at) => byte !== old[at]);
  const start = other === -1 ? now.length : other;
  const at = start + (cut % (now.length - start + 1));
  return Buffer.concat([now.subarray(0, at), old.subarray(at)]);
}

/** In a new process, which goes on and is killed as well. */
async function cutShort(from: Files, to: Kept, step: Step): Promise<readonly string[]> {
  const left = await Kept.open();
  try {
    for (const [extension, bytes] of Object.entries(interrupted(from, to.files(), step))) {
      if (bytes !== undefined) writeFileSync(left.path(extension), bytes);
    }
    const lines = await left.claim();
    left.lastSeq = read(lines).lastSeq;
    left.add(1);
    expect(read(await left.claim())).toEqual({ ...read(lines), lastSeq: left.lastSeq });
    left.begin(2);
    left.add(1);
    expect(read(await left.claim()).lastSeq).toBe(left.lastSeq);
    return lines;
  } finally {
    await left.close();
  }
}

function read(lines: readonly string[]) {
  const reading = readStored(lines);
  if (reading.kind !== 'whole') throw new Error(`${reading.kind} in line ${reading.line}`);
  const { frames, lastSeq } = reading.session;
  return { lastSeq, first: frames[0]?.seq ?? lastSeq + 1 };
}

describe('A session in parts, of which one is written over the one before the last', () => {
  let kept: Kept;

  beforeEach(async () => {
    kept = await Kept.open();
  });

  afterEach(() => kept.close());

  it('writes over the same two files, which nobody else can read', () => {
    kept.turn(20);
    const inodes = () => ['', '.before'].map((extension) => statSync(kept.path(extension)).ino).toSorted();
    const before = inodes();

    for (let part = 0; part < 5; part += 1) {
      kept.begin(1);
      kept.add(20);
      expect(inodes()).toEqual(before);
    }

    expect(readdirSync(kept.folder.path)).toHaveLength(3);
    expect(statSync(kept.path()).mode & 0o777).toBe(0o600);
  });

  it('says what was added, and nothing of what it is written over', async () => {
    kept.turn(20);
    kept.add(2);

    expect(readFileSync(kept.path(), 'utf8')).toContain('"seq":30,');
    expect(read(await kept.claim())).toEqual({ first: 42, lastSeq: 65 });
  });

  it('goes on after a kill at whichever byte, with all that was acknowledged, over and over', async () => {
    await assert(
      asyncProperty(array(STEP, { minLength: 4, maxLength: 30 }), async (steps) => {
        const one = await Kept.open();
        try {
          one.store.append(ID, 1, linesOf([stateAt(0)]));
          for (const step of steps) {
            const acknowledged = one.lastSeq;
            const before = one.files();
            await one.take(step);
            const left = read(await cutShort(before, one, step));
            expect(left.first).toBe(one.firsts[0]);
            expect(left.lastSeq).toBeGreaterThanOrEqual(acknowledged);
            expect(left.lastSeq).toBeLessThanOrEqual(one.lastSeq);
          }
          expect(read(await one.claim())).toEqual({ first: one.firsts[0], lastSeq: one.lastSeq });
        } finally {
          await one.close();
        }
      }),
      { numRuns: 60, interruptAfterTimeLimit: 30_000 },
    );
  }, 60_000);

  it.each([
    ['a line', 0.5],
    ['its last line', 1],
  ])('is damaged where a byte of %s is another one', async (_, where) => {
    kept.turn(20);
    kept.add(9);
    const bytes = readFileSync(kept.path());
    const end = bytes.lastIndexOf('"seq":72,');
    const at = Math.round(where * end);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(kept.path(), bytes);

    const lines = await kept.claim();

    expect(readStored(lines).kind).toBe('damaged');
    expect(readFileSync(kept.path())).toEqual(bytes);
  });

  it('is damaged wherever a byte of its part is another one', async () => {
    kept.turn(20);
    kept.add(20);
    const bytes = readFileSync(kept.path());
    const end = bytes.indexOf('\n', bytes.lastIndexOf('"seq":83,'));

    await assert(
      asyncProperty(integer({ min: 2, max: end }), integer({ min: 1, max: 255 }), async (at, flip) => {
        const other = Buffer.from(bytes);
        other[at] = (other[at] ?? 0) ^ flip;
        writeFileSync(kept.path(), other);

        const { kind } = readStored((await kept.store.read(ID)) ?? []);

        // As ever, the digit that says so may make a line one of a later release.
        expect(['damaged', 'newer']).toContain(kind);
      }),
    );
  });

  it('ends where an older page is after a loss of power, whatever follows', async () => {
    kept.turn(40);
    kept.add(40);
    const [was, now] = [readFileSync(kept.path('.before')), readFileSync(kept.path())];
    const heading = headingLine({
      ...JSON.parse(first(now).slice(first(now).indexOf('{'))),
      boot: 'earlier',
    });
    const bytes = Buffer.concat([Buffer.from(heading), now.subarray(now.indexOf('\n') + 1)]);
    was.copy(bytes, 4_096, 4_096, 8_192);
    writeFileSync(kept.path(), bytes);

    const { lastSeq } = read(await kept.claim());
    expect(lastSeq).toBeGreaterThan(124);
    expect(lastSeq).toBeLessThan(163);
    kept.lastSeq = lastSeq;
    kept.add(1);

    expect(read(await kept.claim()).lastSeq).toBe(lastSeq + 1);
  });

  it('leaves a part alone that a later release has written', async () => {
    kept.turn(20);
    const later = `3${headingLine(newHeading(9)).slice(1)}whatever\n`;
    writeFileSync(kept.path(), later);

    expect(readStored(await kept.claim()).kind).toBe('newer');
    expect(readFileSync(kept.path(), 'utf8')).toBe(later);
  });

  it('goes on where an earlier release left two parts without headings', async () => {
    writeFileSync(kept.path('.before'), text([stateAt(0), ...kept.frames(3)]));
    writeFileSync(kept.path(), text([...kept.frames(2), stateAt(5)]));

    expect(read(await kept.claim())).toEqual({ first: 1, lastSeq: 5 });
    kept.add(1);
    expect(read(await kept.claim())).toEqual({ first: 1, lastSeq: 6 });
    for (let part = 0; part < 3; part += 1) kept.begin(2);

    expect(read(await kept.claim())).toEqual({ first: 9, lastSeq: 12 });
  });

  it('leaves nothing of itself when it ends', () => {
    kept.turn(20);
    kept.store.remove(ID);

    expect(readdirSync(kept.folder.path)).toEqual(['owner.json']);
  });
});

function first(bytes: Buffer): string {
  return bytes.toString('utf8', 0, bytes.indexOf('\n'));
}
