import { type Principal, principalKey } from '../shared/principal.js';

/** In whose turn something waits: principals take turns, and within the turn of one its owners do. */
export interface Turn {
  /** As `principalKey`; empty for what the server runs on its own account. */
  readonly principal: string;
  /** A session's id. */
  readonly owner: string;
}

export function turnOf(principal: Principal | undefined, owner: string): Turn {
  return { principal: principal === undefined ? '' : principalKey(principal), owner };
}
