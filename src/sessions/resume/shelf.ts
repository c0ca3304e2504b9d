import { type BegunRequest, encode, type Entry } from '../store/entry.js';

/** What is known of one session's place in the store. */
export class Shelf {
  /** Of the store's current part of the session. */
  bytes = 0;
  timer: NodeJS.Timeout | undefined;
  /** Requests without an answer, in the order in which they began. */
  readonly begun: Map<string, BegunRequest>;
  /** Those of them that the store has yet to hear of. */
  readonly unwritten = new Set<string>();
  /** First frame in the current part. */
  private firstSeq: number | undefined;

  constructor(
    readonly fence: number,
    begun: readonly BegunRequest[],
  ) {
    this.begun = new Map(begun.map((request) => [request.id, request]));
  }

  /** Requests that the store is to hear of before it hears of `id`; all of them where that is not one of them. */
  takeBefore(id?: string): Entry[] {
    const taken: Entry[] = [];
    for (const one of this.unwritten) {
      this.unwritten.delete(one);
      if (one === id) break;
      const request = this.begun.get(one);
      if (request !== undefined) taken.push({ kind: 'request', request });
    }
    return taken;
  }

  /** Requests without an answer, all of which the store is to hear of now. */
  takeUnfinished(): readonly BegunRequest[] {
    this.unwritten.clear();
    return [...this.begun.values()];
  }

  /** @returns the lines of these entries, which are to be added to the current part */
  put(entries: readonly Entry[]): string[] {
    return entries.map((entry) => {
      if (entry.kind === 'frame') this.firstSeq ??= entry.frame.seq;
      const line = encode(entry);
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
}
