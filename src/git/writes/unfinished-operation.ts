import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { type SequencerOperation } from '../git-writes.port.js';
import { type Repository } from '../repository.js';

/** By the files that git leaves; a rebase comes first, since it leaves those of its inner steps as well. */
const LEFT_BY: readonly (readonly [string, SequencerOperation])[] = [
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
];

/** @returns the operation that waits for a continue or an abort */
export function unfinishedOperation({ gitDir }: Repository): SequencerOperation | null {
  return LEFT_BY.find(([file]) => existsSync(join(gitDir, file)))?.[1] ?? null;
}
