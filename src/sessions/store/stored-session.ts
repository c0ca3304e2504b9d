import { type NumberedFrame } from '../resume/frame-room.js';
import { type BegunRequest, decode, type Entry, type SessionRecord } from './entry.js';

export interface StoredSession {
  readonly record: SessionRecord;
  readonly frames: readonly NumberedFrame[];
  readonly lastSeq: number;
  /** Requests that have begun and were never answered, in the order in which they began. */
  readonly unfinished: readonly BegunRequest[];
}

/** What became of a session in the store. */
export type Reading =
  | { readonly kind: 'whole'; readonly session: StoredSession }
  | { readonly kind: 'damaged' | 'newer'; readonly line: number };

/** Puts a session together from its lines. */
export function readStored(lines: readonly string[]): Reading {
  let record: SessionRecord | undefined;
  const frames = new Map<number, NumberedFrame>();
  const unfinished = new Map<string, BegunRequest>();
  for (const [index, line] of lines.entries()) {
    const entry = decode(line);
    if (typeof entry === 'string') return { kind: entry, line: index + 1 };
    if (entry.kind === 'state') {
      ({ record } = entry);
      if (record.whole === true) for (const before of [frames, unfinished]) before.clear();
    } else if (entry.kind === 'request') unfinished.set(entry.request.id, entry.request);
    else {
      frames.set(entry.frame.seq, entry.frame);
      if (entry.answers !== undefined) unfinished.delete(entry.answers);
    }
  }
  if (record === undefined) return { kind: 'damaged', line: lines.length };
  const lastSeq = [...frames.keys()].reduce((last, seq) => Math.max(last, seq), record.lastSeq);
  return {
    kind: 'whole',
    session: { record, frames: upTo(lastSeq, frames), lastSeq, unfinished: [...unfinished.values()] },
  };
}

/** Without a gap: what stands before one cannot be replayed, and counts as lost. */
function upTo(lastSeq: number, frames: ReadonlyMap<number, NumberedFrame>): NumberedFrame[] {
  const found: NumberedFrame[] = [];
  for (let frame = frames.get(lastSeq); frame !== undefined; frame = frames.get(frame.seq - 1))
    found.push(frame);
  return found.toReversed();
}

export function entriesOf({ record, frames, unfinished }: Omit<StoredSession, 'lastSeq'>): Entry[] {
  return [
    { kind: 'state', record },
    ...frames.map((frame) => ({ kind: 'frame', frame }) as const),
    ...unfinished.map((request) => ({ kind: 'request', request }) as const),
  ];
}
