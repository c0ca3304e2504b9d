import { type Session } from './session.js';

/** Sessions by their last use, longest idle first. Moving one costs the same however many there are. */
export class IdleOrder {
  private oldest: Session | undefined;
  private newest: Session | undefined;

  append(session: Session): void {
    session.older = this.newest;
    session.newer = undefined;
    if (this.newest === undefined) this.oldest = session;
    else this.newest.newer = session;
    this.newest = session;
  }

  remove(session: Session): void {
    const { older, newer } = session;
    if (older === undefined && this.oldest !== session) return; // Not in the list.
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    session.older = undefined;
    session.newer = undefined;
  }

  toNewest(session: Session): void {
    if (this.newest === session) return;
    this.remove(session);
    this.append(session);
  }

  /** The session handed out may be removed while iterating. */
  *longestIdleFirst(): Generator<Session> {
    let next = this.oldest;
    while (next !== undefined) {
      const current = next;
      next = current.newer;
      yield current;
    }
  }
}
