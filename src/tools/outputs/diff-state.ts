import { hash } from 'node:crypto';

import { type DiffAnswer } from '../../git/git-reads.port.js';
import { ownTurnFor } from '../../shared/own-turn.js';

/** A remembered diff is asked for once for each of its pages. */
const states = new WeakMap<DiffAnswer, string>();

/** What tells a diff from any other. A patch is hashed as it is: as JSON it would be written out once more. */
export function stateOfDiff(diff: DiffAnswer): string {
  const { patch, files, truncated } = diff;
  const known = states.get(diff) ?? JSON.stringify([files, truncated, hash('sha256', patch, 'base64url')]);
  states.set(diff, known);
  return known;
}

/**
 * Finds out the state of a diff with a long patch beforehand, so that others have their turn before and after: to hash a
 * mebibyte takes most of a millisecond, and so does each of what is done around it.
 */
export async function withState(diff: DiffAnswer): Promise<DiffAnswer> {
  if (states.has(diff)) return diff;
  const before = ownTurnFor(diff.patch);
  if (before === undefined) return diff;
  await before;
  stateOfDiff(diff);
  await ownTurnFor(diff.patch);
  return diff;
}
