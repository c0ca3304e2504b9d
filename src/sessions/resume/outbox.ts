import { type SessionConnection } from '../session-connection.js';
import { FrameRoom, type NumberedFrame, type PlacedFrame } from './frame-room.js';

export interface ReplayLimits {
  readonly maxFrames: number;
  readonly maxBytes: number;
}

/** Where a frame is kept before it is sent, so that a killed process owes nobody what it has already said. */
export interface FrameLog {
  /** @returns nothing where it may be sent at once; a promise, which never rejects, where that takes time */
  frame(frame: PlacedFrame, requestId: string | undefined): Promise<void> | undefined;
}

/** What of the frames after the last one that a client has is still there. */
export interface Remainder {
  readonly replayed: number;
  readonly lost: number;
}

/** A client may claim any number; beyond this one, adding to it would no longer count. */
const MAX_SEQ = 2 ** 50;

/**
 * The numbered frames of one session: kept within bounds for a replay, sent in order to whatever connection the session
 * has. A frame is sent once its log lets it go; those on their way to an open connection are never dropped.
 */
export class Outbox {
  /** By number; without a gap up to the newest, where that is one of them. */
  private readonly frames = new Map<number, PlacedFrame>();
  private readonly room: FrameRoom;
  private bytes = 0;
  private newest = 0;
  private sent = 0;
  /** Frames that the log has yet to let go, in order. */
  private readonly unlogged = new Set<number>();
  private connection: SessionConnection | undefined;
  private unmetFrom: number | undefined;
  /** Whether the client has said what it has, and is sent the rest once it is attached. */
  private isAwaited = false;

  constructor(
    private readonly limits: ReplayLimits,
    private readonly log: FrameLog,
  ) {
    this.room = new FrameRoom(limits.maxBytes);
  }

  get lastSeq(): number {
    return this.newest;
  }

  /** Sequence number of the first frame that is kept, or would be. */
  get firstSeq(): number {
    return this.newest - this.frames.size + 1;
  }

  /** Frames that are kept. */
  get kept(): readonly NumberedFrame[] {
    return [...this.frames.values()].map(({ seq, text }) => ({ seq, text }));
  }

  /** Whether there is room for what may be missed, which must not push out what may not. */
  get isRoomy(): boolean {
    return this.frames.size * 2 < this.limits.maxFrames && this.bytes * 2 < this.limits.maxBytes;
  }

  /** After a restore, until the client says what it has: the first number that this process has given, or would give. */
  get provisionalFrom(): number | undefined {
    return this.unmetFrom;
  }

  /** @param frame JSON text of an object @param requestId of the request that it answers */
  push(frame: string, requestId?: string): void {
    const seq = this.newest + 1;
    if (this.connection === undefined || this.connection.isFlushed === true) this.room.reuse();
    const numbered = this.room.number(seq, frame, this.bytes);
    this.newest = seq;
    this.keep(numbered);
    const logging = this.log.frame(numbered, requestId);
    if (logging !== undefined) {
      this.unlogged.add(seq);
      void logging.then(() => this.noteLogged(seq));
    }
    this.flush();
  }

  /**
   * Takes over what a store has kept.
   *
   * @param provisionalFrom first number that a process gave before it met the client, where there was such a one
   */
  restore(frames: readonly NumberedFrame[], lastSeq: number, provisionalFrom?: number): void {
    this.newest = Math.max(this.newest, lastSeq);
    this.unmetFrom = provisionalFrom ?? this.newest + 1;
    for (const frame of frames) this.keep(this.room.take(frame, this.bytes));
  }

  /**
   * The client says what it has; the rest is kept until it is attached, or gone. Of a restored session it may have more than
   * the store had been told: what has been numbered since without knowing that is numbered anew, behind it.
   *
   * @returns whether there are such frames: as the store has them they are not to be sent
   */
  meet(lastSeq: number): boolean {
    const { newest, unmetFrom: from } = this;
    this.unmetFrom = undefined;
    this.isAwaited = true;
    this.sent = Math.min(lastSeq, MAX_SEQ);
    if (from === undefined) return false;
    const ahead = Math.min(lastSeq, MAX_SEQ) - from + 1;
    if (ahead > 0) {
      const waiting = this.kept.filter(({ seq }) => seq >= from);
      this.skipTo(newest + ahead);
      for (const { seq, text } of waiting) {
        this.keep(this.room.number(seq + ahead, withoutNumber(text), this.bytes));
      }
    }
    return newest >= from;
  }

  /** @param lastSeq of the last frame that the client has */
  remainderAfter(lastSeq: number): Remainder {
    const missed = Math.max(0, this.newest - Math.min(lastSeq, MAX_SEQ));
    const replayed = Math.min(missed, this.frames.size);
    return { replayed, lost: missed - replayed };
  }

  /** From here on frames go to this connection, beginning with those after `lastSeq`. */
  attach(connection: SessionConnection, lastSeq: number): void {
    this.connection = connection;
    this.room.leave();
    this.isAwaited = false;
    this.sent = Math.min(lastSeq, MAX_SEQ);
    if (this.sent > this.newest) this.skipTo(this.sent);
    this.flush();
  }

  detach(): void {
    this.connection = undefined;
    this.room.leave();
    this.isAwaited = false;
    this.trim();
  }

  private noteLogged(seq: number): void {
    this.unlogged.delete(seq);
    this.flush();
  }

  /** Number of the last frame that may be sent. */
  private get logged(): number {
    for (const waiting of this.unlogged) return waiting - 1;
    return this.newest;
  }

  private flush(): void {
    for (let seq = Math.max(this.sent + 1, this.firstSeq); seq <= this.logged; seq += 1) {
      const kept = this.frames.get(seq);
      // A reader that is too slow loses its connection in the midst of this.
      if (this.connection === undefined || kept === undefined) return;
      this.sent = seq;
      this.connection.sendBytes(kept.bytes, kept.start, kept.end);
    }
    this.trim();
  }

  // A client that knows more than this server has been told by a process that could not keep what it said.
  private skipTo(seq: number): void {
    this.frames.clear();
    this.room.leave();
    this.unlogged.clear();
    this.bytes = 0;
    this.newest = seq;
  }

  private keep(frame: PlacedFrame): void {
    this.frames.set(frame.seq, frame);
    this.bytes += frame.length;
    this.trim();
  }

  private trim(): void {
    if (!this.isOver) return;
    const isOwed = this.connection !== undefined || this.isAwaited;
    for (const [seq, frame] of this.frames) {
      if (!this.isOver || (isOwed && seq > this.sent)) break;
      this.frames.delete(seq);
      this.bytes -= frame.length;
      frame.letGo();
    }
  }

  private get isOver(): boolean {
    return this.frames.size > this.limits.maxFrames || this.bytes > this.limits.maxBytes;
  }
}

function withoutNumber(text: string): string {
  return `${text.slice(0, text.lastIndexOf(',"seq":'))}}`;
}
