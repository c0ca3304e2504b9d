import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { RecordingConnection } from '../../../test/support/recording-connection.js';
import { type FrameLog, Outbox } from './outbox.js';

const AT_ONCE: FrameLog = { frame: () => undefined };
const ROOMY = { maxFrames: 100, maxBytes: 100_000 };

function seqsOf({ texts }: RecordingConnection): number[] {
  return texts.map((text) => (JSON.parse(text) as { seq: number }).seq);
}

describe('Outbox', () => {
  it('numbers frames from 1 and leaves the rest of them as it was', () => {
    const [outbox, connection] = [new Outbox(ROOMY, AT_ONCE), new RecordingConnection()];
    outbox.attach(connection, 0);

    outbox.push('{"type":"error","id":null}');
    outbox.push('{"type":"x","nested":{"a":"}"}}');

    expect(connection.texts.map((text) => JSON.parse(text) as unknown)).toEqual([
      { type: 'error', id: null, seq: 1 },
      { type: 'x', nested: { a: '}' }, seq: 2 },
    ]);
  });

  it('sends whoever comes back what came after the last frame that it has, once and in order', () => {
    const outbox = new Outbox(ROOMY, AT_ONCE);
    outbox.attach(new RecordingConnection(), 0);
    for (let frame = 1; frame <= 3; frame += 1) outbox.push('{"a":1}');
    outbox.detach();
    outbox.push('{"a":1}');

    const back = new RecordingConnection();
    expect(outbox.remainderAfter(2)).toEqual({ replayed: 2, lost: 0 });
    outbox.attach(back, 2);
    outbox.push('{"a":1}');

    expect(seqsOf(back)).toEqual([3, 4, 5]);
  });

  it('keeps no more than it may, and says how many frames are lost', () => {
    const outbox = new Outbox({ maxFrames: 4, maxBytes: 100_000 }, AT_ONCE);
    for (let frame = 1; frame <= 10; frame += 1) outbox.push('{"a":1}');

    expect(outbox.remainderAfter(0)).toEqual({ replayed: 4, lost: 6 });
    expect(outbox.remainderAfter(8)).toEqual({ replayed: 2, lost: 0 });
  });

  it('counts bytes as well: a frame that is too large alone is lost and not kept', () => {
    const outbox = new Outbox({ maxFrames: 100, maxBytes: 50 }, AT_ONCE);

    outbox.push(JSON.stringify({ text: 'x'.repeat(100) }));

    expect(outbox.remainderAfter(0)).toEqual({ replayed: 0, lost: 1 });
  });

  it('never drops what an open connection has still to be sent', () => {
    const waiting: (() => void)[] = [];
    const log = { frame: () => new Promise<void>((resolve) => waiting.push(resolve)) };
    const [outbox, connection] = [
      new Outbox({ maxFrames: 2, maxBytes: 1_000 }, log),
      new RecordingConnection(),
    ];
    outbox.attach(connection, 0);
    for (let frame = 1; frame <= 5; frame += 1) outbox.push('{"a":1}');

    expect(connection.texts).toEqual([]);
    for (const resolve of waiting) resolve();

    return Promise.resolve().then(() => expect(seqsOf(connection)).toEqual([1, 2, 3, 4, 5]));
  });

  it('goes on behind a client that knows more than a process which could not keep what it said', () => {
    const [outbox, connection] = [new Outbox(ROOMY, AT_ONCE), new RecordingConnection()];
    outbox.push('{"a":1}');

    outbox.attach(connection, 7);
    outbox.push('{"a":1}');

    expect(seqsOf(connection)).toEqual([8]);
  });

  it('sends nothing before what is logged more slowly', async () => {
    const waiting: (() => void)[] = [];
    const logs = [new Promise<void>((resolve) => waiting.push(resolve)), undefined];
    const outbox = new Outbox(ROOMY, { frame: () => logs.shift() });
    const connection = new RecordingConnection();
    outbox.attach(connection, 0);
    outbox.push('{"a":1}');
    outbox.push('{"a":1}');
    expect(connection.texts).toEqual([]);

    for (const resolve of waiting) resolve();
    await Promise.resolve();

    expect(seqsOf(connection)).toEqual([1, 2]);
  });

  it.each([
    ['knows no more than it', 2, [3, 4], 4],
    ['misses frames that are stored', 1, [2, 3, 4], 4],
    ['was told more than is stored', 5, [6, 7], 7],
    ['claims to have more than there can be', 2 ** 53, [2 ** 50 + 1, 2 ** 50 + 2], 2 ** 50 + 2],
  ])('numbers what comes before a client that %s behind what that has', (_, lastSeq, seqs, last) => {
    const [outbox, connection] = [new Outbox(ROOMY, AT_ONCE), new RecordingConnection()];
    outbox.restore(
      [1, 2].map((seq) => ({ seq, text: `{"a":1,"seq":${seq}}` })),
      2,
    );
    outbox.push('{"a":1}');
    outbox.push('{"type":"x","nested":{"seq":3}}');

    expect(outbox.meet(lastSeq)).toBe(true);
    expect(outbox.remainderAfter(lastSeq)).toEqual({ replayed: seqs.length, lost: 0 });
    outbox.attach(connection, lastSeq);

    expect(seqsOf(connection)).toEqual(seqs);
    expect(JSON.parse(connection.texts.at(-1) ?? '')).toEqual({ type: 'x', nested: { seq: 3 }, seq: last });
  });

  it('knows which numbers were given before the client was met', () => {
    const outbox = new Outbox(ROOMY, AT_ONCE);
    expect([outbox.provisionalFrom, outbox.meet(3)]).toEqual([undefined, false]);

    outbox.restore([], 4);
    expect(outbox.provisionalFrom).toBe(5);
    expect(outbox.meet(6)).toBe(false);
    outbox.push('{"a":1}');

    expect([outbox.provisionalFrom, outbox.lastSeq]).toEqual([undefined, 7]);
  });

  it('drops nothing of what it has promised to a client that is not attached yet', () => {
    const [outbox, connection] = [
      new Outbox({ maxFrames: 2, maxBytes: 1_000 }, AT_ONCE),
      new RecordingConnection(),
    ];
    for (let frame = 1; frame <= 3; frame += 1) outbox.push('{"a":1}');

    outbox.meet(1);
    expect(outbox.remainderAfter(1)).toEqual({ replayed: 2, lost: 0 });
    for (let frame = 4; frame <= 6; frame += 1) outbox.push('{"a":1}');
    outbox.attach(connection, 1);
    outbox.detach();

    expect(seqsOf(connection)).toEqual([2, 3, 4, 5, 6]);
    expect(outbox.kept).toHaveLength(2);
  });

  it('stops sending where the connection is given up in the midst of a replay', () => {
    const outbox = new Outbox({ maxFrames: 3, maxBytes: 1_000 }, AT_ONCE);
    for (let frame = 1; frame <= 3; frame += 1) outbox.push('{"a":1}');
    const slow = new RecordingConnection();
    slow.sendText = (text) => {
      slow.texts.push(text);
      outbox.detach();
    };

    outbox.attach(slow, 0);
    const back = new RecordingConnection();
    outbox.attach(back, 1);

    expect([seqsOf(slow), seqsOf(back)]).toEqual([[1], [2, 3]]);
  });

  it('changes nothing of what a connection has yet to send, however much is dropped meanwhile', () => {
    const outbox = new Outbox({ maxFrames: 100, maxBytes: 4_096 }, AT_ONCE);
    const slow = new RecordingConnection();
    const waiting: (() => string)[] = [];
    slow.sendBytes = (bytes, start, end) => waiting.push(() => bytes.toString('utf8', start, end));
    const texts = Array.from({ length: 40 }, (_, index) =>
      JSON.stringify({ index, text: 'x'.repeat(1_000) }),
    );
    const [before, held, after] = [texts.slice(0, 20), texts.slice(20, 30), texts.slice(30)];
    outbox.attach(slow, 0);

    for (const text of before) outbox.push(text);
    waiting.length = 0;
    slow.isFlushed = false;
    for (const text of held) outbox.push(text);
    outbox.detach();
    outbox.attach(new RecordingConnection(), 30);
    for (const text of after) outbox.push(text);

    expect(waiting.map((text) => (JSON.parse(text()) as { index: number }).index)).toEqual(
      held.map((_, index) => 20 + index),
    );
  });

  it('gives a client that reads and loses connections at random every frame once, without a gap', () => {
    const step = constantFrom('push', 'cut', 'come back');
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        const outbox = new Outbox({ maxFrames: 100, maxBytes: 100_000 }, AT_ONCE);
        let connection: RecordingConnection | undefined;
        const seen: number[] = [];
        const read = () => seen.push(...(connection ? seqsOf(connection) : []));
        let pushed = 0;
        for (const next of steps) {
          if (next === 'push') {
            outbox.push('{"a":1}');
            pushed += 1;
          } else if (next === 'cut') {
            read();
            outbox.detach();
            connection = undefined;
          } else {
            read();
            connection = new RecordingConnection();
            outbox.attach(connection, seen.at(-1) ?? 0);
          }
        }
        read();
        connection = new RecordingConnection();
        outbox.attach(connection, seen.at(-1) ?? 0);
        read();
        expect(seen).toEqual(Array.from({ length: pushed }, (_, index) => index + 1));
      }),
    );
  });
});
