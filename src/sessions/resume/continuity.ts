import { type BegunRequest } from '../store/entry.js';
import { type Outbox } from './outbox.js';
import { type ResumeTokens } from './resume-tokens.js';

/** Where it is written down what happens to one session. What these return never rejects. */
export interface SessionJournal {
  /** What the session is. */
  save(): Promise<void> | undefined;
  /** That a request begins, or, with `before`, its work. @param isRead done again it changes nothing */
  begin(request: BegunRequest, isRead?: boolean): Promise<void> | undefined;
  /** Writes of which requests it has yet to be written that they have begun. */
  settle(): void;
  /** What is stored does not hold any more: the next to be written is everything. */
  renew(): void;
}

/** What a session has that goes on after a lost connection, and no other session has. */
export class Continuity {
  /** Monotonic milliseconds; absent while there is a connection. */
  parkedAt: number | undefined;

  /** @param owner key of the principal that the session belongs to */
  constructor(
    readonly owner: string,
    readonly outbox: Outbox,
    readonly tokens: ResumeTokens,
    readonly journal: SessionJournal,
  ) {}

  /** The client has sent a frame: it has what it was sent before. */
  heard(): void {
    if (this.tokens.confirm()) void this.journal.save();
  }
}
