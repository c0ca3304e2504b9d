import { searchMergeBase } from './merge-base.search.js';
import { type RawCommit } from './raw-commit.js';
import { type RepositoryHandle } from './repository-handle.js';
import { Unsuited } from './unsuited.error.js';
import { type WorkerOperations } from './worker.protocol.js';

/** Reading a commit costs 0.05 ms; from here on git is the faster one. */
const MAX_COMMITS = 300;

/**
 * nodegit's own function for all merge bases crashes, and its function for one hides that there are several, where git
 * has rules for which is named first.
 */
export async function mergeBase(
  handle: RepositoryHandle,
  { one, other }: WorkerOperations['mergeBase']['args'],
): Promise<WorkerOperations['mergeBase']['answer']> {
  handle.requireWholeHistory();
  const search = searchMergeBase(one, other, MAX_COMMITS);
  let step = search.next();
  while (!step.done) {
    const commit = await handle.commit(step.value);
    step = search.next({ at: committedAt(commit), parents: commit.parents });
  }
  return { sha: step.value };
}

function committedAt({ header }: RawCommit): number {
  const at = /^committer .*> (\d{1,12}) [+-]\d{4}$/m.exec(header)?.[1];
  if (at === undefined) throw new Unsuited('odd-identity');
  return Number(at);
}
