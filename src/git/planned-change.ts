/** One thing that a change does, or would do. */
export interface Effect {
  readonly action: string;
  /** A ref, a path, or the name of a setting. */
  readonly subject: string;
  /** An object id, a path or a value before and after; `null` where there is none. */
  readonly from: string | null;
  readonly to: string | null;
}

/** A change that was checked and thought through, and has not been made. */
export interface PlannedChange {
  readonly effects: readonly Effect[];
  /** Makes it. @returns what was done; ids that are known only then included */
  apply(signal: AbortSignal): Promise<readonly Effect[]>;
}

export function planned(
  effects: readonly Effect[],
  work: (signal: AbortSignal) => Promise<unknown>,
): PlannedChange {
  return {
    effects,
    apply: async (signal) => {
      await work(signal);
      return effects;
    },
  };
}
