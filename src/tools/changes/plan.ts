export type { Keeps } from '../../git/operations/operation-record.js';

/** One thing that a call would change. */
export interface PlanEffect {
  /** A verb: `create`, `update`, `delete`, `move`, `stage`, `unstage`, `commit`, `overwrite`. */
  readonly action: string;
  /** A full ref name, `HEAD`, or a path relative to the top of the work tree. */
  readonly subject: string;
  /** Object id, ref or other value before; `null` where there was nothing. Absent where no value is known. */
  readonly from?: string | null;
  readonly to?: string | null;
}

/**
 * What a run would do, found out without changing anything. A plan token is made of the effects: they are the same as
 * long as a run would do the same, and differ when it would not.
 */
export interface Plan {
  /** For people and models; the first line says it all. */
  readonly text: string;
  readonly effects: readonly PlanEffect[];
}
