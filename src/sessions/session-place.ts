/** Where a session works: its own, whatever other sessions do. It comes back with the session. */
export interface SessionPlace {
  /** Absolute; `undefined` where none was set. */
  readonly workingDirectory: string | undefined;

  /** @param directory a real path inside the roots; `undefined` forgets the one there is */
  workIn(directory: string | undefined): void;
}
