import { type BegunRequest, type Entry, EntryLine } from '../store/entry.js';
import { type PlacedFrame } from './frame-room.js';

/** What the store has yet to hear of a request. */
interface Unwritten {
  readonly sinceMs: number;
  /** Done again it changes nothing. */
  readonly isRead: boolean;
}

/** What is known of one session's place in the store. */
export class Shelf {
  timer: NodeJS.Timeout | undefined;
  /** Requests without an answer, in the order in which they began. */
  readonly begun: Map<string, BegunRequest>;
  /** Those of them that the store has yet to hear of: whatever began after the first of them is one of them. */
  private readonly unwritten = new Map<string, Unwritten>();
  /** Frames that the client may have and the store has not. */
  private held: PlacedFrame[] = [];
  private heldSinceMs: number | undefined;
  /** Bytes of the frames that are held. */
  heldLength = 0;
  /** First frame in the current part. */
  private firstSeq: number | undefined;

  constructor(
    readonly fence: number,
    begun: readonly BegunRequest[],
    /** Of the store's current part of the session; after a restart of all that there is. */
    public bytes: number,
  ) {
    this.begun = new Map(begun.map((request) => [request.id, request]));
  }

  /** Since when something waits to be written. */
  get waitsSinceMs(): number | undefined {
    if (this.heldSinceMs !== undefined || this.unwritten.size === 0) return this.heldSinceMs;
    for (const { sinceMs } of this.unwritten.values()) return sinceMs;
    return undefined;
  }

  get hasUnwritten(): boolean {
    return this.unwritten.size > 0;
  }

  /** A request begins, which the store is told later. */
  begin(request: BegunRequest, isRead: boolean, sinceMs: number): void {
    this.begun.set(request.id, request);
    this.unwritten.set(request.id, { sinceMs, isRead });
  }

  /** Whether the store has heard of a request that has no answer. */
  knows(id: string): boolean {
    return this.begun.has(id) && !this.unwritten.has(id);
  }

  /**
   * Takes the answer of a read that the store has not heard of, and of nothing before it.
   *
   * @returns whether it is such a one, and may be sent before it is written
   */
  hold(frame: PlacedFrame, answers: string): boolean {
    for (const [first, { isRead, sinceMs }] of this.unwritten) {
      if (first !== answers || !isRead) return false;
      this.unwritten.delete(answers);
      this.begun.delete(answers);
      frame.need();
      this.held.push(frame);
      this.heldSinceMs ??= sinceMs;
      this.heldLength += frame.length;
      return true;
    }
    return false;
  }

  /** Everything that waits: what is held, and the requests that began before `id`, or all where that is not one of them. */
  take(id?: string): Entry[] {
    const taken = this.takeHeld();
    for (const one of this.unwritten.keys()) {
      if (one !== id) this.takeRequest(one, taken);
      else this.unwritten.delete(one);
      if (one === id) break;
    }
    return taken;
  }

  /** What is held, and the requests that began then or earlier. */
  takeUntil(timeMs: number): Entry[] {
    const taken = this.takeHeld();
    for (const [one, { sinceMs }] of this.unwritten) {
      if (sinceMs > timeMs) break;
      this.takeRequest(one, taken);
    }
    return taken;
  }

  /** To be written before the next frame is made: what is taken is not needed here any more. */
  takeHeld(): Entry[] {
    const taken = this.held.map((frame): Entry => {
      frame.letGo();
      return { kind: 'frame', frame };
    });
    this.held = [];
    this.heldSinceMs = undefined;
    this.heldLength = 0;
    return taken;
  }

  /** Requests without an answer, all of which the store is to hear of now. */
  takeUnfinished(): readonly BegunRequest[] {
    this.unwritten.clear();
    return [...this.begun.values()];
  }

  /** @returns the lines of these entries, which are to be added to the current part */
  put(entries: readonly Entry[]): EntryLine[] {
    return entries.map((entry) => {
      if (entry.kind === 'frame') this.firstSeq ??= entry.frame.seq;
      const line = new EntryLine(entry);
      this.bytes += line.length;
      return line;
    });
  }

  /** Whether the current part has all frames from this one on. */
  hasFrom(seq: number | undefined): boolean {
    return this.firstSeq !== undefined && seq !== undefined && this.firstSeq <= seq;
  }

  /** Nothing is in the current part. */
  clear(): void {
    this.bytes = 0;
    this.firstSeq = undefined;
  }

  private takeRequest(id: string, taken: Entry[]): void {
    const request = this.begun.get(id);
    this.unwritten.delete(id);
    if (request !== undefined) taken.push({ kind: 'request', request });
  }
}
