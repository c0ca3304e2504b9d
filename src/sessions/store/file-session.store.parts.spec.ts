import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

import { array, asyncProperty, assert, constantFrom, integer, record } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  type Files,
  ID,
  linesOf,
  stateAt,
  text,
  KeptSession,
  type Step,
} from '../../../test/support/kept-session.js';
import { headingLine, newHeading } from './part-heading.js';
import { readStored } from './stored-session.js';

const NOTHING = Buffer.alloc(0);

const STEP = record({
  kind: constantFrom('add', 'add', 'add', 'begin', 'begin', 'replace', 'restart'),
  count: integer({ min: 1, max: 6 }),
  bytes: integer({ min: 0, max: 600 }),
  cut: integer({ min: 0, max: 1_000_000 }),
});

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
async function cutShort(from: Files, to: KeptSession, step: Step): Promise<readonly string[]> {
  const left = await KeptSession.open();
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
  let kept: KeptSession;

  beforeEach(async () => {
    kept = await KeptSession.open();
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
        const one = await KeptSession.open();
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
    const later = `3${headingLine(newHeading(9, '', 0)).slice(1)}whatever\n`;
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
