import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type RepositoryStatus } from '../git-reads.port.js';

type Operation = NonNullable<RepositoryStatus['operation']>;

/** In the order in which they hide one another: a rebase may stop at a merge or a pick of its own. */
const MARKS: readonly (readonly [file: string, operation: Operation])[] = [
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['BISECT_LOG', 'bisect'],
];

/** What git left open in this work tree, waiting for a continue or an abort. */
export async function operationInProgress(gitDir: string): Promise<Operation | undefined> {
  // `git am` uses the folder of a rebase, and is none.
  const am = exists(join(gitDir, 'rebase-apply/applying'));
  const found = await Promise.all(MARKS.map(([file]) => exists(join(gitDir, file))));
  const inAm = await am;
  const marked = MARKS.find(([file], index) => found[index] && !(file === 'rebase-apply' && inAm));
  return marked?.[1] ?? betweenPicks(gitDir);
}

/** A sequence that stopped between two commits has no mark but its list of what is to be done. */
async function betweenPicks(gitDir: string): Promise<Operation | undefined> {
  const todo = await readFile(join(gitDir, 'sequencer/todo'), 'utf8').catch(() => '');
  if (/^(?:pick|p)\s/m.test(todo)) return 'cherry-pick';
  return /^revert\s/m.test(todo) ? 'revert' : undefined;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
