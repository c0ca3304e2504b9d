import { type Reading } from '../store/stored-session.js';

/** A session that is only in the store. Times are ISO 8601. */
export interface StoredSessionView {
  readonly session_id: string;
  readonly state: 'STORED';
  /** `damaged` or `newer`: it cannot be read here, from this line on. */
  readonly readable: 'whole' | 'damaged' | 'newer';
  readonly line?: number;
  readonly start_time?: string;
  /** When its client went; null where it was connected as its process ended. */
  readonly parked_at?: string | null;
  readonly repository?: string | null;
  readonly last_seq?: number;
  readonly frames?: number;
  readonly unfinished_requests?: readonly string[];
}

export function storedView(id: string, reading: Reading): StoredSessionView {
  const head = { session_id: id, state: 'STORED', readable: reading.kind } as const;
  if (reading.kind !== 'whole') return { ...head, line: reading.line };
  const { record, frames, lastSeq, unfinished } = reading.session;
  const { startedAtMs, parkedAtMs, repository } = record;
  return {
    ...head,
    start_time: new Date(startedAtMs).toISOString(),
    parked_at: parkedAtMs === undefined ? null : new Date(parkedAtMs).toISOString(),
    repository: repository ?? null,
    last_seq: lastSeq,
    frames: frames.length,
    unfinished_requests: unfinished.map((request) => request.id),
  };
}
