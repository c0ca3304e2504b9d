import { access, readdir, readFile } from 'node:fs/promises';
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

/**
 * What git left open in this work tree, waiting for a continue or an abort.
 *
 * @throws what the file system does where the folder cannot be read
 */
export async function operationInProgress(gitDir: string): Promise<Operation | undefined> {
  const present = new Set(await readdir(gitDir));
  // `git am` uses the folder of a rebase, and is none.
  if (present.has('rebase-apply') && (await exists(join(gitDir, 'rebase-apply/applying')))) {
    present.delete('rebase-apply');
  }
  const marked = MARKS.find(([file]) => present.has(file));
  if (marked) return marked[1];
  return present.has('sequencer') ? betweenPicks(gitDir) : undefined;
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
