import { createHash } from 'node:crypto';

import { type DiffAnswer } from '../../git/git-reads.port.js';
import { ownTurnFor } from '../../shared/own-turn.js';

/** Characters that are hashed at a time: a mebibyte takes most of a millisecond. */
const PIECE = 2 ** 18;

/** A remembered diff is asked for once for each of its pages. */
const states = new WeakMap<DiffAnswer, string>();

/** What tells a diff from any other. A patch is hashed as it is: as JSON it would be written out once more. */
export function stateOfDiff(diff: DiffAnswer): string {
  const known = states.get(diff);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  for (const piece of piecesOf(diff)) hash.update(piece);
  return keep(diff, hash.digest('base64url'));
}

/**
 * Finds out the state of a diff with a long patch beforehand, so that others have their turn before and after, and between
 * its pieces.
 */
export async function withState(diff: DiffAnswer): Promise<DiffAnswer> {
  if (states.has(diff)) return diff;
  const before = ownTurnFor(diff.patch);
  if (before === undefined) return diff;
  const hash = createHash('sha256');
  await before;
  for (const piece of piecesOf(diff)) {
    hash.update(piece);
    await ownTurnFor(diff.patch);
  }
  keep(diff, hash.digest('base64url'));
  return diff;
}

/** Cut in the same places each time: of a character that a cut goes through each half is hashed as U+FFFD. */
function* piecesOf({ patch }: DiffAnswer): Generator<string> {
  for (let at = 0; at < patch.length; at += PIECE) yield patch.slice(at, at + PIECE);
}

function keep(diff: DiffAnswer, digest: string): string {
  const { files, truncated } = diff;
  const state = JSON.stringify([files, truncated, digest]);
  states.set(diff, state);
  return state;
}
