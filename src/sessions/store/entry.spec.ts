import {
  array,
  assert,
  constantFrom,
  integer,
  json,
  oneof,
  property,
  record,
  string,
  uuid,
} from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FrameRoom } from '../resume/frame-room.js';
import { decode, type Entry, EntryLine } from './entry.js';

const state = record({
  id: uuid(),
  owner: string(),
  startedAtMs: integer(),
  paused: constantFrom(true, false),
  capabilities: constantFrom({ cancellation: true, progress: false, heartbeat: false, resume: true }),
  tokens: constantFrom({}, { current: 'ab' }),
  counters: constantFrom({}, { messageCount: 3 }),
  lastSeq: integer({ min: 0 }),
});
const entries = oneof(
  state.map((of): Entry => ({ kind: 'state', record: of })),
  record({ seq: integer({ min: 1 }), text: json() }).map((frame): Entry => ({ kind: 'frame', frame })),
  record({ seq: integer({ min: 1 }), text: json() }).map((frame): Entry => {
    return { kind: 'frame', frame, answers: 'id\t"\n' };
  }),
  record({ id: string(), tool: string() }).map((request): Entry => ({ kind: 'request', request })),
);

describe('An entry of the session store', () => {
  it('is one line, and read as it was written', () => {
    assert(
      property(entries, (entry) => {
        const line = String(new EntryLine(entry));
        expect(line).not.toContain('\n');
        expect(decode(line)).toEqual(entry);
      }),
    );
  });

  it('is the same where it is written into a buffer, after what is there', () => {
    assert(
      property(entries, (entry) => {
        const line = new EntryLine(entry);
        const into = Buffer.alloc(5 + 3 * line.length, '-');

        const end = line.writeTo(into, 5);

        expect(into.toString('utf8', 0, end)).toBe(`-----${String(line)}`);
      }),
    );
  });

  it('says of a frame in bytes what it says of its text', () => {
    assert(
      property(integer({ min: 1 }), json(), (seq, text) => {
        const frame = new FrameRoom(4_096).take({ seq, text }, 0);
        const [placed, plain] = [
          { kind: 'frame', frame } as const,
          { kind: 'frame', frame: { seq, text } } as const,
        ];
        const line = new EntryLine(placed);
        const into = Buffer.alloc(3 * line.length);

        expect(into.toString('utf8', 0, line.writeTo(into, 0))).toBe(String(new EntryLine(plain)));
        expect(String(line)).toBe(String(new EntryLine(plain)));
      }),
    );
  });

  it('is known to be damaged wherever one character of it is another one', () => {
    assert(
      property(
        entries,
        array(integer({ min: 0, max: 9_999 }), { minLength: 1, maxLength: 5 }),
        (entry, places) => {
          const line = String(new EntryLine(entry));
          for (const place of places) {
            const at = 2 + (place % (line.length - 2));
            const other = line[at] === 'x' ? 'y' : 'x';
            expect(decode(line.slice(0, at) + other + line.slice(at + 1))).toBe('damaged');
          }
        },
      ),
    );
  });

  it.each(['', 'nonsense', '1 00000000', '1 00000000 ', '1 zzzzzzzz S{}'])(
    'is damaged where it is %j',
    (line) => {
      expect(decode(line)).toBe('damaged');
    },
  );

  it('is left to a later release that has written it', () => {
    expect(decode('2 00000000 whatever it means by then')).toBe('newer');
  });
});
