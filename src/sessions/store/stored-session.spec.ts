import { describe, expect, it } from 'vitest';

import { type Entry, EntryLine, type SessionRecord } from './entry.js';
import { readStored } from './stored-session.js';

const record: SessionRecord = {
  id: '0b0e7f3c-5d86-4a83-9a1e-0d3f5b1f8f11',
  owner: '',
  startedAtMs: 0,
  paused: false,
  capabilities: { cancellation: true, progress: false, heartbeat: false, resume: true },
  tokens: {},
  counters: {},
  lastSeq: 0,
};
const state = (more: Partial<SessionRecord> = {}): Entry => ({
  kind: 'state',
  record: { ...record, ...more },
});
const frame = (seq: number, answers?: string): Entry => ({
  kind: 'frame',
  frame: { seq, text: `{"seq":${seq}}` },
  ...(answers !== undefined && { answers }),
});
const request = (id: string): Entry => ({ kind: 'request', request: { id, tool: 'git_log' } });

function read(...entries: Entry[]) {
  const reading = readStored(entries.map((entry) => String(new EntryLine(entry))));
  if (reading.kind !== 'whole') throw new Error(reading.kind);
  const { frames, lastSeq, unfinished } = reading.session;
  return { seqs: frames.map(({ seq }) => seq), lastSeq, unfinished: unfinished.map(({ id }) => id) };
}

describe('A stored session', () => {
  it('is what both its parts say', () => {
    const before = [state(), request('a'), request('b'), frame(1, 'a'), request('c')];
    const current = [state({ lastSeq: 1 }), request('b'), request('c'), frame(2, 'c')];

    expect(read(...before, ...current)).toEqual({ seqs: [1, 2], lastSeq: 2, unfinished: ['b'] });
  });

  it('is nothing of what stands before everything was written', () => {
    const void_ = [state(), request('a'), frame(1), frame(2)];

    expect(read(...void_, state({ whole: true, lastSeq: 2 }), frame(2), request('b'))).toEqual({
      seqs: [2],
      lastSeq: 2,
      unfinished: ['b'],
    });
  });

  it('has the frames after the last gap, before which nothing can be replayed', () => {
    expect(read(state(), frame(1), frame(2), frame(4), frame(5)).seqs).toEqual([4, 5]);
    expect(read(state({ lastSeq: 9 }), frame(1), frame(2))).toMatchObject({ seqs: [], lastSeq: 9 });
  });
});
