import nodegit from 'nodegit';

import { changedPaths } from './changed-paths.js';
import { type RepositoryHandle } from './repository-handle.js';
import { Unsuited } from './unsuited.error.js';
import { type WorkerOperations } from './worker.protocol.js';

const MAX_COMMITS = 100;
const MAX_PATHS = 2_000;
/** Commits whose trees are read while others wait for a thread of libgit2. */
const AT_ONCE = 8;

/** What the commits of the ranges change, each against its parent; merges are passed over. */
export async function touchedPaths(
  handle: RepositoryHandle,
  { ranges }: WorkerOperations['touchedPaths']['args'],
): Promise<WorkerOperations['touchedPaths']['answer']> {
  handle.requireWholeHistory();
  // Most trees of a commit are those of its parent, and its parent is in the range as well.
  const commit = once((sha) => handle.commit(sha));
  const trees = { tree: once((sha) => handle.tree(sha)) };
  const paths = new Set<string>();
  const changedBy = async (sha: string) => {
    const { tree, parents } = await commit(sha);
    if (parents.length > 1) return [];
    const before = parents[0] === undefined ? null : (await commit(parents[0])).tree;
    return changedPaths(trees, before, tree);
  };
  for (const [from, to] of ranges) {
    const commits = await commitsOf(handle, from, to);
    for (let at = 0; at < commits.length; at += AT_ONCE) {
      const changed = await Promise.all(commits.slice(at, at + AT_ONCE).map(changedBy));
      for (const path of changed.flat()) paths.add(path);
      if (paths.size > MAX_PATHS) throw new Unsuited('wide-change');
    }
  }
  return [...paths];
}

function once<T>(read: (sha: string) => Promise<T>): (sha: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (sha) => {
    const found = known.get(sha) ?? read(sha);
    known.set(sha, found);
    return found;
  };
}

async function commitsOf(handle: RepositoryHandle, from: string, to: string): Promise<readonly string[]> {
  const walk = nodegit.Revwalk.create(handle.repository);
  walk.push(handle.oid(to));
  walk.hide(handle.oid(from));
  const commits = await walk.commitWalk(MAX_COMMITS + 1);
  if (commits.length > MAX_COMMITS) throw new Unsuited('long-history');
  return commits.map((commit) => commit.id().tostrS());
}
