import { type HeadState } from '../git-writes.port.js';
import { type Repository } from '../repository.js';
import { isBranchName } from './ref-name.js';
import { type RepositoryState } from './repository-state.service.js';

/** Branches that everything is merged into: git does not name them in the message either. */
const UNNAMED = new Set(['main', 'master']);

const KINDS: readonly (readonly [string, string])[] = [
  ['refs/heads/', 'branch'],
  ['refs/tags/', 'tag'],
  ['refs/remotes/', 'remote-tracking branch'],
];

/** The message that git would write had it been given the name: it is given the commit, which cannot be mistaken. */
export async function mergeMessage(
  state: RepositoryState,
  repository: Repository,
  source: string,
  into: HeadState,
  signal: AbortSignal,
): Promise<string> {
  const suffix = into.branch === null || UNNAMED.has(into.branch) ? '' : ` into ${into.branch}`;
  if (isBranchName(source)) {
    for (const [prefix, kind] of KINDS) {
      if (await state.refExists(repository, prefix + source, signal))
        return `Merge ${kind} '${source}'${suffix}`;
    }
  }
  return `Merge commit '${source}'${suffix}`;
}
