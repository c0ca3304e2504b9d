/** What a store has of one session, as lines of `entry.ts`. */
export interface ClaimedLines {
  /** Larger than that of every owner before; later writes of those are refused. */
  readonly fence: number;
  readonly lines: readonly string[];
  /** Nothing can be added to what there is: the first write has to be `replace`. */
  readonly isBehind?: boolean;
}

/** A line that is not made a text first where it goes to a buffer; `toString` gives the text. */
export interface WrittenLine {
  /** In units of UTF-16, or in bytes. */
  readonly length: number;
  /** Writes it as UTF-8 where there is room for three bytes a unit. @returns where it ends */
  writeTo(into: Buffer, start: number): number;
}

export type StoreLine = string | WrittenLine;

/**
 * Keeps what must outlive a process. A session is a list of lines that only its owner may add to: whoever claims it
 * gets a fencing number, which every write shows, so that an owner that was thought dead cannot write over the next one.
 * Writes return nothing where they are done at once, else a promise; both ways they fail with what the store failed with.
 */
export interface SessionStore {
  /** Whether sessions outlive this process. */
  readonly durable: boolean;
  /** Whether another server may take a session from this one, which hears of it with its next write. */
  readonly isShared: boolean;
  /** @throws Error saying what to do where the store cannot be used */
  open(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;

  /** Sessions that this server had when it ended, however it ended. */
  owned(signal: AbortSignal): Promise<readonly string[]>;
  /** Takes a session over from whoever had it. @returns nothing where there is none */
  claim(id: string, signal: AbortSignal): Promise<ClaimedLines | undefined>;

  /** What is stored, without taking it from whoever has it. */
  read(id: string, signal: AbortSignal): Promise<readonly string[] | undefined>;

  /** Adds lines, all or none of them; the first one makes the session. */
  append(id: string, fence: number, lines: readonly StoreLine[]): Promise<void> | undefined;
  /** Begins a new part with these lines. What was added before the current part is dropped, if not at once. */
  beginPart(id: string, fence: number, lines: readonly StoreLine[]): Promise<void> | undefined;
  /** Puts these lines in the place of all that there were. */
  replace(id: string, fence: number, lines: readonly StoreLine[]): Promise<void> | undefined;
  remove(id: string, fence: number): Promise<void> | undefined;
  /** Keeps what cannot be read for an operator, out of the way of everything else. */
  quarantine(id: string): Promise<void>;
  /** Lets go of what is held open for a session that is not in use. */
  release(id: string): void;
}

export const SESSION_STORE = Symbol('SessionStore');

/** The fencing number of a session that its owner has made itself. */
export const FIRST_FENCE = 1;

/** A write of a former owner: somebody else has claimed the session, or ended it. */
export class SessionTakenError extends Error {
  override readonly name = 'SessionTakenError';

  constructor(id: string) {
    super(`the session ${id} belongs to another server`);
  }
}
