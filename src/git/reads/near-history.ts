import { type LoggedCommit } from '../git-reads.port.js';
import { commitFilter } from '../libgit2/commit-filter.js';
import { historyHere, mergeBaseHere } from '../objects/near-commits.js';
import { type Repository } from '../repository.js';
import { hasWholeHistory } from './dependencies.js';
import { isPlainRepository } from './libgit2.reads.js';
import { type LogSelection } from './selections.js';

/** What git draws for each commit where none of them has two parents. */
const STRAIGHT = ['* '];

/** @returns what few commits answer, read in this process; `undefined` where a worker or git is to be asked */
export function nearLog(
  repository: Repository,
  { sha, maxCount, ...filters }: LogSelection,
): readonly LoggedCommit[] | undefined {
  if (!isPlainRepository(repository) || !hasWholeHistory(repository)) return undefined;
  if (filters.graph === true) {
    const plain = Object.keys(filters).length === 1;
    return plain ? straightGraph(repository, sha, maxCount) : undefined;
  }
  const matches = commitFilter(filters);
  const { firstParent } = filters;
  return matches && historyHere(repository, sha, maxCount, { firstParent, matches });
}

/** Only where there is one; `undefined` as above. */
export function nearMergeBase(repository: Repository, one: string, other: string): string | undefined {
  if (!isPlainRepository(repository) || !hasWholeHistory(repository)) return undefined;
  return mergeBaseHere(repository, one, other);
}

function straightGraph(
  repository: Repository,
  sha: string,
  maxCount: number,
): readonly LoggedCommit[] | undefined {
  const commits = historyHere(repository, sha, maxCount, { straight: true });
  return commits?.map((commit) => ({ ...commit, graph: STRAIGHT }));
}
