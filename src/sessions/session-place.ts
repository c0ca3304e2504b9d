/** A work tree that is one session's alone. Both are real paths. */
export interface SessionIsolation {
  /** The main work tree of its repository. */
  readonly repository: string;
  readonly path: string;
}

/** Where a session works: its own, whatever other sessions do. It comes back with the session. */
export interface SessionPlace {
  /** Absolute; `undefined` where none was set. */
  readonly workingDirectory: string | undefined;
  readonly isolations: readonly SessionIsolation[];

  /** @param directory a real path inside the roots; `undefined` forgets the one there is */
  workIn(directory: string | undefined): void;
  /** From here on it has these, which end with it. */
  isolate(isolations: readonly SessionIsolation[]): void;
}
