import nodegit from 'nodegit';

import { rawCommit } from './raw-commit.js';
import { type RepositoryHandle } from './repository-handle.js';
import { Unsuited } from './unsuited.error.js';
import { type WorkerOperations } from './worker.protocol.js';

const PART = 500;
/** Reading a commit costs some microseconds here; git, which stops at what is too old, is the faster one from here on. */
const MAX_VISITED = 5_000;

/**
 * Which of the tips have a commit among their ancestors. What lies between is walked: whatever is reached from a tip and
 * not from the commit itself.
 */
export async function containing(
  handle: RepositoryHandle,
  { tips, sha }: WorkerOperations['containing']['args'],
): Promise<WorkerOperations['containing']['answer']> {
  handle.requireWholeHistory();
  const descendants = descendantsOf(sha, await childrenBetween(handle, tips, sha));
  return tips.filter((tip) => descendants.has(tip));
}

async function childrenBetween(
  handle: RepositoryHandle,
  tips: readonly string[],
  sha: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const walk = nodegit.Revwalk.create(handle.repository);
  for (const tip of tips) walk.push(handle.oid(tip));
  walk.hide(handle.oid(sha));
  const children = new Map<string, string[]>();
  for (let visited = 0, more = true; more;) {
    const part = await walk.commitWalk(PART);
    for (const commit of part) {
      const child = commit.id().tostrS();
      for (const parent of rawCommit(child, commit.rawHeader().trimEnd(), '').parents) {
        const known = children.get(parent);
        if (known) known.push(child);
        else children.set(parent, [child]);
      }
    }
    visited += part.length;
    more = part.length === PART;
    if (more && visited >= MAX_VISITED) throw new Unsuited('long-history');
  }
  return children;
}

/** And the commit itself. */
function descendantsOf(sha: string, children: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set([sha]);
  // A set that grows while it is gone through is gone through to its end.
  for (const one of found) for (const child of children.get(one) ?? []) found.add(child);
  return found;
}
