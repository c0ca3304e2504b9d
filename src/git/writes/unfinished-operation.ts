import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { type SequencerOperation } from '../git-writes.port.js';
import { readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

/** By the files that git leaves; a rebase comes first, since it leaves those of its inner steps as well. */
const LEFT_BY: readonly (readonly [string, SequencerOperation])[] = [
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
];
/** `git am` has the folder of a rebase, and is none. */
const OF_AM = 'rebase-apply/applying';

/** @returns the names in git's folder of a work tree; none where it cannot be read */
export function namesIn({ gitDir }: Repository): readonly string[] {
  try {
    return readdirSync(gitDir);
  } catch {
    return [];
  }
}

/**
 * Every status asks, and hardly ever does anything wait: one look at the folder costs a quarter of looking for each file
 * that may be there.
 *
 * @param names as `namesIn` tells
 * @returns the operation that waits for a continue or an abort
 */
export function unfinishedOperation(
  repository: Repository,
  names = namesIn(repository),
): SequencerOperation | null {
  const { gitDir } = repository;
  const isOfAm = (name: string) => name === 'rebase-apply' && existsSync(join(gitDir, OF_AM));
  const left = LEFT_BY.find(([name]) => names.includes(name) && !isOfAm(name));
  if (left !== undefined) return left[1];
  return names.includes('sequencer') ? betweenPicks(gitDir) : null;
}

/** A sequence that stopped between two commits has no mark but its list of what is to be done. */
function betweenPicks(gitDir: string): SequencerOperation | null {
  const todo = readSmallFile(join(gitDir, 'sequencer/todo')) ?? '';
  if (/^(?:pick|p)\s/m.test(todo)) return 'cherry-pick';
  return /^revert\s/m.test(todo) ? 'revert' : null;
}
