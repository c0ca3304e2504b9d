import { array, assert, constantFrom, json, nat, oneof, property, record } from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import { FrameRoom, HEADROOM_BYTES, type PlacedFrame } from './frame-room.js';

const MAX_BYTES = 4_096;
const KEPT = MAX_BYTES;

describe('The room for frames', () => {
  let room: FrameRoom;

  beforeEach(() => {
    room = new FrameRoom(MAX_BYTES);
  });

  it.each(['{"a":1}', '{"a":"é€😀"}', `{"a":"${'x'.repeat(100_000)}"}`, `{"a":"${'€'.repeat(30_000)}"}`])(
    'has each of them with its number, whatever it is made of (%#)',
    (text) => {
      const before = room.number(1, '{"first":1}', 0);
      const frame = room.number(2, text, before.length);

      const expected = `${text.slice(0, -1)},"seq":2}`;
      expect([frame.text, frame.length]).toEqual([expected, Buffer.byteLength(expected)]);
      expect(frame.start).toBeGreaterThanOrEqual(HEADROOM_BYTES);
      expect(before.text).toBe('{"first":1,"seq":1}');
    },
  );

  it('takes one that has its number as it is', () => {
    expect(room.take({ seq: 7, text: '{"ü":1,"seq":7}' }, 0).text).toBe('{"ü":1,"seq":7}');
  });

  it('leaves the bytes before each frame to its connection', () => {
    const frames = [1, 2, 3].map((seq) => room.number(seq, '{"a":1}', KEPT));

    for (const { bytes, start } of frames) bytes.fill(0xff, start - HEADROOM_BYTES, start);

    expect(frames.map(({ text }) => text)).toEqual([1, 2, 3].map((seq) => `{"a":1,"seq":${seq}}`));
  });

  it('needs little memory for a session with one small frame', () => {
    expect(room.number(1, '{"a":1}', 0).bytes.length).toBeLessThan(100);
  });

  it('is used again, so that a session which is busy for long needs no more of it', () => {
    const slabs = new Set<Buffer>();
    for (let seq = 1; seq <= 1_000; seq += 1) {
      room.reuse();
      const frame = room.number(seq, `{"a":"${'x'.repeat(500)}"}`, KEPT);
      slabs.add(frame.bytes);
      frame.letGo();
    }

    expect(slabs.size).toBeLessThanOrEqual(3);
  });

  it('is not used again for what another connection may still have to send', () => {
    const placed = [1, 2, 3].map((seq) => room.number(seq, `{"a":"${'x'.repeat(1_000)}"}`, KEPT));
    room.leave();
    for (const frame of placed) frame.letGo();
    room.reuse();

    const after = [4, 5, 6, 7, 8].map((seq) => room.number(seq, `{"a":"${'y'.repeat(1_000)}"}`, KEPT));

    for (const { bytes } of placed) expect(after.map((frame) => frame.bytes)).not.toContain(bytes);
  });

  it('changes no frame that somebody needs', () => {
    const step = oneof(
      record({ what: constantFrom('number', 'take'), text: json(), fill: nat({ max: 1_500 }) }),
      record({ what: constantFrom('need', 'let go'), which: nat() }),
      record({ what: constantFrom('reuse', 'leave') }),
    );
    assert(
      property(array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const some = new FrameRoom(MAX_BYTES);
        const needed: { frame: PlacedFrame; text: string }[] = [];
        for (const [index, one] of steps.entries()) {
          if ('text' in one) {
            const text = `{"a":${one.text},"b":"${'x'.repeat(one.fill)}"}`;
            const isNew = one.what === 'number';
            const frame = isNew ? some.number(index, text, KEPT) : some.take({ seq: index, text }, KEPT);
            needed.push({ frame, text: isNew ? `${text.slice(0, -1)},"seq":${index}}` : text });
          } else if ('which' in one) {
            const at = one.which % Math.max(1, needed.length);
            const found = needed[at];
            if (one.what === 'need' && found !== undefined) {
              found.frame.need();
              needed.push(found);
            } else if (found !== undefined) {
              found.frame.letGo();
              needed.splice(at, 1);
            }
          } else if (one.what === 'reuse') some.reuse();
          else some.leave();
          for (const { frame, text } of needed) expect(frame.text).toBe(text);
        }
      }),
    );
  });
});
