/** Thrown where libgit2's answer could differ from git's: the caller asks git instead. */
export class Unsuited extends Error {
  override readonly name = 'Unsuited';

  /** @param reason a fixed word, never data of the repository */
  constructor(readonly reason: string) {
    super(reason);
  }
}

/** @returns `undefined` where somebody else is to be asked */
export function unlessUnsuited<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  }
}
