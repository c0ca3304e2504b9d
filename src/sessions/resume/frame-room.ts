/** In front of each frame, for what a connection puts before it: the longest header of a WebSocket frame of a server. */
export const HEADROOM_BYTES = 10;
/** Of UTF-8, for each unit of UTF-16. */
const MOST_BYTES = 3;
/** For `,"seq":` with the highest number that there can be. */
const NUMBER_BYTES = 32;
const MOST_SLAB_BYTES = 65_536;
const MOST_SPARE = 2;

export interface NumberedFrame {
  /** From 1, without a gap. */
  readonly seq: number;
  readonly text: string;
}

/** Memory in which several frames lie. */
interface Slab {
  readonly bytes: Buffer;
  /** Frames in it, once for each that needs them. */
  uses: number;
}

/** A frame as the bytes that are sent and stored. Good as long as somebody needs it, beginning with who has placed it. */
export class PlacedFrame implements NumberedFrame {
  constructor(
    readonly seq: number,
    private readonly slab: Slab,
    readonly start: number,
    readonly end: number,
  ) {
    this.need();
  }

  /** Where it lies, from `start` to `end`; the `HEADROOM_BYTES` before it belong to the connection. */
  get bytes(): Buffer {
    return this.slab.bytes;
  }

  /** In bytes of UTF-8. */
  get length(): number {
    return this.end - this.start;
  }

  get text(): string {
    return this.bytes.toString('utf8', this.start, this.end);
  }

  need(): void {
    this.slab.uses += 1;
  }

  /** To be called once for each `need`, and once by who has placed it. */
  letGo(): void {
    this.slab.uses -= 1;
  }

  /** @returns where it ends */
  writeTo(into: Buffer, at: number): number {
    return at + this.bytes.copy(into, at, this.start, this.end);
  }
}

/**
 * Where the frames of one session lie, one behind the other. Each text becomes bytes once, for the socket and the store, and
 * these are none of what a garbage collection copies: kept as texts, all frames would live long enough to be copied twice.
 */
export class FrameRoom {
  private slab = emptySlab();
  private end = 0;
  /** Those that are full, beginning with the oldest. */
  private full: Slab[] = [];
  private spare: Slab[] = [];
  private readonly slabBytes: number;

  /** @param maxBytes of all frames of a session that are kept */
  constructor(maxBytes: number) {
    this.slabBytes = Math.min(maxBytes, MOST_SLAB_BYTES);
  }

  /** @param text JSON text of an object, to which its number is added @param kept bytes that the session has by now */
  number(seq: number, text: string, kept: number): PlacedFrame {
    const start = this.reserve(text, kept);
    const { bytes } = this.slab;
    const brace = start + bytes.write(text, start) - 1;
    return this.place(seq, start, brace + bytes.write(`,"seq":${seq}}`, brace, 'latin1'));
  }

  /** As `number`, for a text that has its number. */
  take({ seq, text }: NumberedFrame, kept: number): PlacedFrame {
    const start = this.reserve(text, kept);
    return this.place(seq, start, start + this.slab.bytes.write(text, start));
  }

  /** The connection has nothing left to send: what nobody needs of what it was given may be written over. */
  reuse(): void {
    while (this.full[0]?.uses === 0) {
      const slab = this.full.shift();
      if (slab?.bytes.length === this.slabBytes && this.spare.length < MOST_SPARE) this.spare.push(slab);
    }
  }

  /** Another connection, or none, from here on: what the one before has yet to send is never written over. */
  leave(): void {
    this.slab = emptySlab();
    this.end = 0;
    this.full = [];
  }

  private place(seq: number, start: number, end: number): PlacedFrame {
    this.end = end;
    return new PlacedFrame(seq, this.slab, start, end);
  }

  /** Slabs grow with what the session keeps: thousands of sessions with a frame or two must not have a large one each. */
  private reserve(text: string, kept: number): number {
    const start = this.end + HEADROOM_BYTES;
    // To look how many bytes it takes would cost as much as to write it.
    if (start + text.length * MOST_BYTES + NUMBER_BYTES <= this.slab.bytes.length) return start;
    const needed = HEADROOM_BYTES + Buffer.byteLength(text) + NUMBER_BYTES;
    if (this.slab.bytes.length > 0) this.full.push(this.slab);
    const spare = needed <= this.slabBytes ? this.spare.pop() : undefined;
    this.slab = spare ?? {
      bytes: Buffer.allocUnsafeSlow(Math.max(needed, Math.min(2 * kept, this.slabBytes))),
      uses: 0,
    };
    return HEADROOM_BYTES;
  }
}

function emptySlab(): Slab {
  return { bytes: Buffer.alloc(0), uses: 0 };
}
