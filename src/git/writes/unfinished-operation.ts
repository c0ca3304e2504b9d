import { existsSync } from 'node:fs';
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

/** @returns the operation that waits for a continue or an abort */
export function unfinishedOperation({ gitDir }: Repository): SequencerOperation | null {
  const isThere = (file: string) => existsSync(join(gitDir, file));
  const left = LEFT_BY.find(([file]) => isThere(file) && !(file === 'rebase-apply' && isThere(OF_AM)));
  return left?.[1] ?? betweenPicks(gitDir);
}

/** A sequence that stopped between two commits has no mark but its list of what is to be done. */
function betweenPicks(gitDir: string): SequencerOperation | null {
  const todo = readSmallFile(join(gitDir, 'sequencer/todo')) ?? '';
  if (/^(?:pick|p)\s/m.test(todo)) return 'cherry-pick';
  return /^revert\s/m.test(todo) ? 'revert' : null;
}
