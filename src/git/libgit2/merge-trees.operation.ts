import { type DiffFile } from '../git-reads.port.js';
import { type ChangedFile, decodePath } from './changed-paths.js';
import { diffPaths, leftToGit } from './diff.operations.js';
import { mergeBase } from './merge-base.operation.js';
import { mergedTree } from './merged-tree.js';
import { type RawCommit } from './raw-commit.js';
import { type RepositoryHandle } from './repository-handle.js';
import { type WorkerOperations } from './worker.protocol.js';

/** Of the patch only the lines are counted. */
const COUNTED = { contextLines: 0, maxBytes: 0 };

/** @throws Unsuited as `mergedTree`, and where there are several merge bases */
export async function mergeTrees(
  handle: RepositoryHandle,
  { ours, theirs, base: known }: WorkerOperations['mergeTrees']['args'],
): Promise<WorkerOperations['mergeTrees']['answer']> {
  const base = known ?? (await mergeBase(handle, { one: ours, other: theirs })).sha;
  const [before, mine, other] = await Promise.all([
    handle.commit(base),
    handle.commit(ours),
    handle.commit(theirs),
  ]);
  const { tree, changes } = await mergedTree(handle, [before, mine, other]);
  return { base, tree, files: await filesOf(handle, before, other, changes).catch(leftToGit) };
}

async function filesOf(
  handle: RepositoryHandle,
  before: RawCommit,
  after: RawCommit,
  changes: readonly ChangedFile[],
): Promise<readonly DiffFile[]> {
  const paths = changes.map(({ path }) => decodePath(path));
  return (await diffPaths(handle, [before, after], COUNTED, paths)).diff.files;
}
