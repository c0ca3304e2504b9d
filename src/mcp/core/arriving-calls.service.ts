import { Injectable } from '@nestjs/common';

import { type Session } from '../../sessions/session.js';

/**
 * Calls that the door has let through and that do not run yet: many come in one read of a socket, and none of them runs
 * before all have been let through or turned away.
 */
@Injectable()
export class ArrivingCalls {
  private readonly counts = new Map<Session, number>();

  of(session: Session): number {
    return this.counts.get(session) ?? 0;
  }

  /** Counts until the call begins, or the promises of this turn have settled: it may have ended before it could begin. */
  expect(session: Session): void {
    if (this.counts.size === 0) {
      // A tick asked for by a microtask comes when all other microtasks are done.
      queueMicrotask(() => process.nextTick(() => this.counts.clear()));
    }
    this.counts.set(session, this.of(session) + 1);
  }

  begun(session: Session): void {
    const count = this.of(session);
    if (count > 0) this.counts.set(session, count - 1);
  }
}
