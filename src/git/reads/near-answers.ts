import { noteEngine } from '../../observability/operation-trace.js';
import { type WorkerOperations } from '../libgit2/worker.protocol.js';
import { diffNear, mergeNear, showNear } from '../objects/near-diff.js';
import { type NearObjects, nearObjects } from '../objects/near-objects.js';
import { type Repository } from '../repository.js';
import { hasWholeHistory } from './dependencies.js';
import { isPlainRepository } from './libgit2.reads.js';

type Near = 'show' | 'diffCommits' | 'mergeTrees';
type Args<Name extends Near> = WorkerOperations[Name]['args'];
type Answer<Name extends Near> = Promise<WorkerOperations[Name]['answer']>;

const OPERATIONS: {
  readonly [Name in Near]: (objects: NearObjects, args: Args<Name>) => Answer<Name>;
} = {
  show: showNear,
  mergeTrees: mergeNear,
  async diffCommits(objects, { from, to, ...limits }) {
    return diffNear(objects, await objects.commit(from), await objects.commit(to), limits);
  },
};

/** @returns what a worker would answer, found in this process; `undefined` where it is to be asked */
export async function nearAnswer<Name extends Near>(
  repository: Repository,
  operation: Name,
  args: Args<Name>,
): Promise<WorkerOperations[Name]['answer'] | undefined> {
  if (!isPlainRepository(repository) || !hasWholeHistory(repository)) return undefined;
  const { path, gitDir, commonDir, bare } = repository;
  const answer = await nearObjects({ path, gitDir, commonDir, bare }, (objects) =>
    OPERATIONS[operation](objects, args),
  );
  if (answer !== undefined) noteEngine('objects');
  return answer;
}
