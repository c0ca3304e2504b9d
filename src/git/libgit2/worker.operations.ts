import nodegit from 'nodegit';

import { listBranches } from './branch-list.js';
import { containing } from './containing.operation.js';
import { diffCommits, diffStaged, show } from './diff.operations.js';
import { commits, log } from './log.operations.js';
import { mergeBase } from './merge-base.operation.js';
import { mergeTrees } from './merge-trees.operation.js';
import { type RepositoryHandle } from './repository-handle.js';
import { resolve } from './revision.operation.js';
import { file, folders, tree } from './tree.operations.js';
import { touchedPaths } from './touched-paths.operation.js';
import { workTreeState } from './work-tree-state.operation.js';
import { type WorkerOperationName, type WorkerOperations } from './worker.protocol.js';

type OfRepository = Exclude<WorkerOperationName, 'probe'>;

async function branches(
  { place, config }: RepositoryHandle,
  kinds: WorkerOperations['branches']['args'],
): Promise<WorkerOperations['branches']['answer']> {
  return listBranches(place, config, kinds);
}

export const OPERATIONS: {
  readonly [Name in OfRepository]: (
    handle: RepositoryHandle,
    args: WorkerOperations[Name]['args'],
  ) => Promise<WorkerOperations[Name]['answer']>;
} = {
  resolve,
  log,
  commits,
  show,
  diffCommits,
  diffStaged,
  mergeBase,
  mergeTrees,
  touchedPaths,
  containing,
  tree,
  file,
  folders,
  branches,
  workTreeState,
};

const PROBE = 'diff --git a/a b/a\nindex 1234567..89abcde 100644\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\n+b\n';

/** Something that only libgit2 can do, and that needs no repository. */
export async function probe(): Promise<{ readonly files: number }> {
  const diff = await nodegit.Diff.fromBuffer(PROBE, PROBE.length);
  return { files: diff.numDeltas() };
}
