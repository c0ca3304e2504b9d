import { mkdirSync, readFileSync, rmdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';

import { array, asyncProperty, assert, constantFrom, integer, record } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ID } from '../../../test/support/kept-session.js';
import { TornSession } from '../../../test/support/torn-session.js';
import { headingLine, parseHeading, type PartHeading } from './part-heading.js';
import { readStored, type StoredSession } from './stored-session.js';

const LATER = 'after the loss of power';

const STEP = record({
  kind: constantFrom('request', 'request', 'answer', 'answer', 'answer', 'begin'),
  // So few, that what is written often ends where what it is written over does.
  bytes: constantFrom(30, 300, 700),
});

function wholeOf(lines: readonly string[]): StoredSession | undefined {
  const reading = readStored(lines);
  return reading.kind === 'whole' ? reading.session : undefined;
}

describe('A session in parts, after a loss of power', () => {
  let torn: TornSession;

  beforeEach(async () => {
    torn = await TornSession.open();
  });

  afterEach(() => torn.close());

  /** Until both parts have headings, with an answer to each of so many requests in the one before. */
  const turn = (count: number) => {
    for (let part = 0; part < 3; part += 1) {
      for (let at = 0; at < count; at += 1) torn.request();
      for (let at = 0; at < count; at += 1) torn.answer(300);
      torn.begin(300);
    }
  };
  /** The last line and the closing one have never reached the disk, nor anything that was there before. */
  const loseTail = (extension: string) => {
    const path = torn.kept.path(extension);
    const bytes = readFileSync(path);
    const last = torn.kept.lastSeq - (extension === '' ? 0 : 1);
    const line = bytes.lastIndexOf(`{"seq":${last}`);
    truncateSync(path, bytes.lastIndexOf('\n', line) + 1);
  };
  const filesNow = () => Object.values(torn.kept.files());

  it('never forgets a request before a frame that is known, nor says that it is unanswered when it is, whichever sectors are lost', async () => {
    const steps = array(STEP, { minLength: 4, maxLength: 40 });
    const seeds = array(integer({ min: 1, max: 2 ** 31 - 1 }), { minLength: 8, maxLength: 8 });
    await assert(
      asyncProperty(steps, integer({ min: 0, max: 40 }), seeds, async (taken, since, [...random]) => {
        const one = await TornSession.open();
        try {
          for (const { kind, bytes } of taken) {
            if (kind === 'request') one.request();
            if (kind === 'answer') one.answer(bytes);
            if (kind === 'begin') one.begin(bytes);
          }
          one.losePower(since, chooser(random));

          const session = wholeOf(await one.kept.claim(LATER));

          const early = session?.unfinished.filter(
            ({ id }) => (one.answers.get(id) ?? Infinity) <= session.lastSeq,
          );
          expect(early ?? []).toEqual([]);
          if (session === undefined) return;
          const known = new Set(session.unfinished.map(({ id }) => id));
          const forgotten = [...one.begunAfter].filter(([id, after]) => {
            const isOpen = after < session.lastSeq && (one.answers.get(id) ?? Infinity) > session.lastSeq;
            return isOpen && !known.has(id);
          });
          expect(forgotten).toEqual([]);
          one.kept.lastSeq = session.lastSeq;
          one.kept.add(1);
          expect(wholeOf(await one.kept.claim(LATER))?.lastSeq).toBe(session.lastSeq + 1);
        } finally {
          await one.close();
        }
      }),
      { numRuns: 300, interruptAfterTimeLimit: 30_000 },
    );
  }, 60_000);

  it('knows the answers that the end of the part before had, which is missing without a trace', async () => {
    turn(3);
    torn.request();
    loseTail('.before');

    const session = wholeOf(await torn.kept.claim(LATER));

    expect(session?.lastSeq).toBe(12);
    expect(session?.frames.map(({ seq }) => seq)).toEqual([12]);
    expect(session?.unfinished.map(({ id }) => id)).toEqual(['r10']);
  });

  it('is set aside where the current part has lost what it began with as well', async () => {
    turn(3);
    loseTail('.before');
    const bytes = readFileSync(torn.kept.path());
    truncateSync(torn.kept.path(), bytes.indexOf('\n', bytes.indexOf('\n') + 1) + 1);
    const left = filesNow();

    expect(readStored(await torn.kept.claim(LATER)).kind).toBe('damaged');
    expect(filesNow()).toEqual(left);
  });

  it('is damaged where the end of the part before is missing without a loss of power', async () => {
    turn(3);
    loseTail('.before');

    expect(readStored(await torn.kept.claim()).kind).toBe('damaged');
  });

  it('goes on without the part before where the system does not tell its starts apart', async () => {
    await torn.kept.claim('');
    turn(3);
    loseTail('.before');

    const session = wholeOf(await torn.kept.claim(''));

    expect(session?.lastSeq).toBe(12);
    expect(session?.frames.map(({ seq }) => seq)).toEqual([12]);
  });

  it('is damaged where a heading is that was written since the loss of power', async () => {
    turn(3);
    await torn.kept.claim(LATER);
    torn.begin(300);
    torn.answer(300);
    const bytes = readFileSync(torn.kept.path());
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    writeFileSync(torn.kept.path(), bytes);

    expect(readStored(await torn.kept.claim(LATER)).kind).toBe('damaged');
    expect(readFileSync(torn.kept.path())).toEqual(bytes);
  });

  it.each(['3 abcdef01 Sbinary', '1 00000000 S{}\nwithout an end'])(
    'leaves a file as it is that it cannot read: %j',
    async (content) => {
      writeFileSync(torn.kept.path(), content);

      await torn.kept.claim();

      expect(readFileSync(torn.kept.path(), 'utf8')).toBe(content);
    },
  );

  it('goes on with the part before where the first sector of the first file is still what it was written over', async () => {
    torn.request();
    torn.answer(600);
    torn.begin(30);
    const was = readFileSync(torn.kept.path('.before'));
    torn.answer(30);
    torn.begin(600);
    torn.answer(600);
    const now = readFileSync(torn.kept.path());
    writeFileSync(torn.kept.path(), Buffer.concat([was.subarray(0, 512), now.subarray(512)]));

    expect(wholeOf(await torn.kept.claim(LATER))?.lastSeq).toBe(3);
  });

  it('leaves nothing behind the end of an earlier write, where that sector is older than those that follow', async () => {
    turn(3);
    const was = readFileSync(torn.kept.path());
    torn.answer(700);
    torn.answer(700);
    const now = readFileSync(torn.kept.path());
    const end = now.indexOf('{"seq":13');
    const start = now.lastIndexOf('\n', end) + 1;
    was.copy(now, start, start, was.indexOf('\n', start) + 1);
    writeFileSync(torn.kept.path(), now);

    expect(wholeOf(await torn.kept.claim(LATER))?.lastSeq).toBe(12);
    expect(readFileSync(torn.kept.path(), 'utf8')).not.toContain('"seq":14');
  });

  it('goes on with what an earlier release has written, which did not say where the part before ended', async () => {
    turn(3);
    const bytes = readFileSync(torn.kept.path());
    const end = bytes.indexOf('\n') + 1;
    const { follows, ...heading } = parseHeading(bytes.toString('latin1', 0, end - 1)) as PartHeading;
    writeFileSync(torn.kept.path(), Buffer.concat([Buffer.from(headingLine(heading)), bytes.subarray(end)]));

    const session = wholeOf(await torn.kept.claim(LATER));

    expect(follows).toBe(statSync(torn.kept.path('.before')).size - closingBytes(torn.kept.path('.before')));
    expect(session?.lastSeq).toBe(12);
  });

  it('is served though there is no room to write it anew, and stored again once there is', async () => {
    turn(3);
    loseTail('.before');
    const left = filesNow();
    // Nobody can write to a folder as to a file.
    mkdirSync(torn.kept.path('.next'));

    expect(wholeOf(await torn.kept.claim(LATER))?.lastSeq).toBe(12);
    expect(await torn.kept.store.claim(ID)).toMatchObject({ isBehind: true });
    expect(() => torn.kept.add(1)).toThrow('the session is to be written anew first');
    expect(() => torn.kept.replace(1, 30)).toThrow('EISDIR');
    expect(filesNow()).toEqual(left);

    rmdirSync(torn.kept.path('.next'));
    torn.kept.replace(1, 30);
    torn.kept.add(1);

    expect(wholeOf(await torn.kept.claim(LATER))?.lastSeq).toBe(torn.kept.lastSeq);
  });
});

function closingBytes(path: string): number {
  const bytes = readFileSync(path);
  return bytes.length - bytes.lastIndexOf('\n', bytes.length - 2) - 1;
}

/** Numbers that look random and are the same for the same seeds. */
function chooser(seeds: readonly number[]): (count: number) => number {
  let state = seeds.reduce((sum, seed) => (sum * 31 + seed) >>> 0, 1);
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % count;
  };
}
