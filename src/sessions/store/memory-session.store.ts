import { type SessionStore } from './session-store.port.js';

/** Keeps nothing: what lives in memory alone is in the sessions themselves already. */
export class MemorySessionStore implements SessionStore {
  readonly durable = false;
  readonly isShared = false;

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  owned(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  claim(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  read(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  append(): undefined {}

  beginPart(): undefined {}

  replace(): undefined {}

  remove(): undefined {}

  async quarantine(): Promise<void> {}

  release(): void {}
}
