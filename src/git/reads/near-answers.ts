import { noteEngine } from '../../observability/operation-trace.js';
import { type WorkerOperations } from '../libgit2/worker.protocol.js';
import { diffNear, mergeNear, showNear } from '../objects/near-diff.js';
import { type NearObjects, nearObjects, type NearOutcome } from '../objects/near-objects.js';
import { type ReadLimits } from '../objects/object.reader.js';
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
  limits?: ReadLimits,
): Promise<WorkerOperations[Name]['answer'] | undefined> {
  const outcome = await nearOutcome(repository, operation, args, limits);
  return 'answer' in outcome ? outcome.answer : undefined;
}

/** The same, or why not; `HUGE_OBJECT` where a worker would leave it to git as well. */
export async function nearOutcome<Name extends Near>(
  repository: Repository,
  operation: Name,
  args: Args<Name>,
  limits?: ReadLimits,
): Promise<NearOutcome<WorkerOperations[Name]['answer']>> {
  if (!isPlainRepository(repository) || !hasWholeHistory(repository)) return { unsuited: 'repository' };
  const { path, gitDir, commonDir, bare } = repository;
  const place = { path, gitDir, commonDir, bare };
  const outcome = await nearObjects(place, (objects) => OPERATIONS[operation](objects, args), limits);
  if ('answer' in outcome) noteEngine('objects');
  return outcome;
}
