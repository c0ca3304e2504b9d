import { type SessionConnection } from '../session-connection.js';

export interface NumberedFrame {
  /** From 1, without a gap. */
  readonly seq: number;
  readonly text: string;
}

export interface ReplayLimits {
  readonly maxFrames: number;
  readonly maxBytes: number;
}

/** Where a frame is kept before it is sent, so that a killed process owes nobody what it has already said. */
export interface FrameLog {
  /** @returns nothing where it is kept already; a promise, which never rejects, where that takes time */
  frame(frame: NumberedFrame, requestId: string | undefined): Promise<void> | undefined;
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
 * has. A frame is sent once it is logged; those on their way to an open connection are never dropped.
 */
export class Outbox {
  private frames: NumberedFrame[] = [];
  private bytes = 0;
  private newest = 0;
  private logged = 0;
  private sent = 0;
  private connection: SessionConnection | undefined;

  constructor(
    private readonly limits: ReplayLimits,
    private readonly log: FrameLog,
  ) {}

  get lastSeq(): number {
    return this.newest;
  }

  /** Sequence number of the first frame that is kept, or would be. */
  get firstSeq(): number {
    return this.frames[0]?.seq ?? this.newest + 1;
  }

  /** Frames that are kept. */
  get kept(): readonly NumberedFrame[] {
    return this.frames;
  }

  /** Whether there is room for what may be missed, which must not push out what may not. */
  get isRoomy(): boolean {
    return this.frames.length * 2 < this.limits.maxFrames && this.bytes * 2 < this.limits.maxBytes;
  }

  /** @param frame JSON text of an object @param requestId of the request that it answers */
  push(frame: string, requestId?: string): void {
    const seq = this.newest + 1;
    const numbered = { seq, text: `${frame.slice(0, -1)},"seq":${seq}}` };
    this.newest = seq;
    this.keep(numbered);
    const logging = this.log.frame(numbered, requestId);
    if (logging === undefined && this.logged === seq - 1) this.logged = seq;
    else void (logging ?? Promise.resolve()).then(() => this.noteLogged(seq));
    this.flush();
  }

  /** Takes over what a store has kept. */
  restore(frames: readonly NumberedFrame[], lastSeq: number): void {
    this.newest = Math.max(this.newest, lastSeq);
    this.logged = this.newest;
    for (const frame of frames) this.keep(frame);
  }

  /** @param lastSeq of the last frame that the client has */
  remainderAfter(lastSeq: number): Remainder {
    const replayed = this.frames.filter(({ seq }) => seq > lastSeq).length;
    return { replayed, lost: Math.max(0, this.newest - lastSeq) - replayed };
  }

  /** From here on frames go to this connection, beginning with those after `lastSeq`. */
  attach(connection: SessionConnection, lastSeq: number): void {
    this.connection = connection;
    this.sent = Math.min(lastSeq, MAX_SEQ);
    if (this.sent > this.newest) this.skipTo(this.sent);
    this.flush();
  }

  detach(): void {
    this.connection = undefined;
    this.trim();
  }

  private noteLogged(seq: number): void {
    // Logs answer in the order in which they were asked.
    this.logged = Math.max(this.logged, seq);
    this.flush();
  }

  private flush(): void {
    const { frames } = this;
    for (let index = Math.max(0, this.sent + 1 - this.firstSeq); index < frames.length; index += 1) {
      const frame = frames[index];
      // A reader that is too slow loses its connection in the midst of this.
      if (this.connection === undefined || frame === undefined || frame.seq > this.logged) return;
      this.sent = frame.seq;
      this.connection.sendText(frame.text);
    }
    this.trim();
  }

  // A client that knows more than this server has been told by a process that could not keep what it said.
  private skipTo(seq: number): void {
    this.frames = [];
    this.bytes = 0;
    this.newest = seq;
    this.logged = seq;
  }

  private keep(frame: NumberedFrame): void {
    this.frames.push(frame);
    this.bytes += Buffer.byteLength(frame.text);
    this.trim();
  }

  private trim(): void {
    let dropped = 0;
    for (const { seq, text } of this.frames) {
      if (!this.isOver(dropped)) break;
      if (this.connection !== undefined && seq > this.sent) break;
      this.bytes -= Buffer.byteLength(text);
      dropped += 1;
    }
    // A new array: whoever sends the old one's frames goes on with it.
    if (dropped > 0) this.frames = this.frames.slice(dropped);
  }

  private isOver(dropped: number): boolean {
    return this.frames.length - dropped > this.limits.maxFrames || this.bytes > this.limits.maxBytes;
  }
}
