import { type Outbox } from './outbox.js';
import { type ResumeTokens } from './resume-tokens.js';

/** What a session has that goes on after a lost connection, and no other session has. */
export class Continuity {
  /** Monotonic milliseconds; absent while there is a connection. */
  parkedAt: number | undefined;

  constructor(
    readonly outbox: Outbox,
    readonly tokens: ResumeTokens,
  ) {}
}
