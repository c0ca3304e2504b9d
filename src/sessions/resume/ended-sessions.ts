import { SessionTakenError, type SessionStore } from '../store/session-store.port.js';

/** Tells the store that a session is over: nothing where that is done at once. */
export type Removal = () => Promise<void> | undefined;

/** Sessions that are over, which the store has yet to hear of: one that it does not hear of would come back. */
export class EndedSessions {
  /** Their fencing numbers. */
  private readonly fences = new Map<string, number>();

  constructor(private readonly store: SessionStore) {}

  get size(): number {
    return this.fences.size;
  }

  /** Behind those that wait already. */
  add(id: string, fence: number): Removal {
    this.fences.delete(id);
    this.fences.set(id, fence);
    const forget = () => void this.fences.delete(id);
    return () => {
      const removing = this.store.remove(id, fence);
      if (removing === undefined) return forget();
      return removing.then(forget, (error: unknown) => {
        // Whoever has it by now ends it.
        if (!(error instanceof SessionTakenError)) throw error;
        forget();
      });
    };
  }

  /** Of the one that has waited for longest. */
  next(): Removal | undefined {
    const [waiting] = this.fences;
    return waiting && this.add(...waiting);
  }
}
