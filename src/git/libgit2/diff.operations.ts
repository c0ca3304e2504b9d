import nodegit, { type Diff } from 'nodegit';

import { type DiffAnswer } from '../git-reads.port.js';
import { cutAtLine } from '../patch-text.js';
import { consultAttributes } from './attributes.gate.js';
import { changedPaths } from './changed-paths.js';
import { combinedByLibgit2 } from './combined.operation.js';
import { parseCommit } from './commit.parser.js';
import { diffOptions, MAX_FILE_BYTES, PATCH } from './diff-options.js';
import { type FileChange, fileChanges } from './file-change.js';
import { writePatch } from './patch.writer.js';
import { resolveRef } from './ref-files.js';
import { type RawCommit } from './raw-commit.js';
import { type RepositoryHandle } from './repository-handle.js';
import { Unsuited } from './unsuited.error.js';
import { type DiffLimits, type IdDiff, type WorkerOperations } from './worker.protocol.js';

/** Up to here libgit2's comparison of whole trees costs less than reading the trees that differ one by one. */
const SMALL_REPOSITORY = 3_000;

type Args<Name extends keyof WorkerOperations> = WorkerOperations[Name]['args'];
type Answer<Name extends keyof WorkerOperations> = Promise<WorkerOperations[Name]['answer']>;

export async function show(handle: RepositoryHandle, args: Args<'show'>): Answer<'show'> {
  const raw = await handle.commit(args.sha);
  handle.requireWholeHistory();
  const commit = parseCommit(raw.sha, raw.header, raw.message);
  const [parent, second] = raw.parents;
  if (parent !== undefined && second !== undefined)
    return { commit, shown: await showMerge(handle, raw, args).catch(leftToGit) };
  const before = parent === undefined ? null : await handle.commit(parent);
  return { commit, shown: await diffTrees(handle, before, raw, args) };
}

/** The files are those that differ from the first parent, the patch is what differs from all of them. */
async function showMerge(
  handle: RepositoryHandle,
  merge: RawCommit,
  limits: DiffLimits,
): Promise<IdDiff | null> {
  const parents = await Promise.all(merge.parents.map((sha) => handle.commit(sha)));
  const [first] = parents;
  if (first === undefined) return null;
  const combined = await combinedByLibgit2(handle, merge, parents, limits);
  const { diff, attributes } = await diffTrees(handle, first, merge, limits);
  const { text, truncated } = cutAtLine(combined, limits.maxBytes);
  return { diff: { patch: text, files: diff.files, truncated }, attributes };
}

/** The rest is an answer already. */
export function leftToGit(error: unknown): null {
  if (error instanceof Unsuited) return null;
  throw error;
}

export async function diffCommits(
  handle: RepositoryHandle,
  args: Args<'diffCommits'>,
): Answer<'diffCommits'> {
  const [from, to] = await Promise.all([handle.commit(args.from), handle.commit(args.to)]);
  return diffTrees(handle, from, to, args);
}

export async function diffStaged(handle: RepositoryHandle, args: Args<'diffStaged'>): Answer<'diffStaged'> {
  if (!handle.index().plain) throw new Unsuited('odd-index');
  const { sha } = resolveRef(handle.place, 'HEAD');
  if (sha === null) throw new Unsuited('unborn');
  const { tree } = await handle.commit(sha);
  const diff = await nodegit.Diff.treeToIndex(
    handle.repository,
    await handle.treeObject(tree),
    null,
    diffOptions(args),
  );
  return (await answer(handle, diff, args)).diff;
}

async function diffTrees(
  handle: RepositoryHandle,
  from: RawCommit | null,
  to: RawCommit,
  limits: DiffLimits,
): Promise<IdDiff> {
  const small = !handle.place.bare && handle.trackedFiles() <= SMALL_REPOSITORY;
  const pathspec = small ? undefined : await changedPaths(handle, from?.tree ?? null, to.tree);
  if (from?.tree === to.tree) return { diff: writePatch([], '', 0), attributes: [] };
  return diffPaths(handle, [from, to], limits, pathspec);
}

/** @param pathspec of all files that differ; all are compared without it */
export async function diffPaths(
  handle: RepositoryHandle,
  [from, to]: readonly [from: RawCommit | null, to: RawCommit],
  limits: DiffLimits,
  pathspec: readonly string[] | undefined,
): Promise<IdDiff> {
  // It would stand for all files.
  if (pathspec?.length === 0) return { diff: writePatch([], '', 0), attributes: [] };
  const [before, after] = await Promise.all([
    from && handle.treeObject(from.tree),
    handle.treeObject(to.tree),
  ]);
  const diff = await nodegit.Diff.treeToTree(handle.repository, before, after, diffOptions(limits, pathspec));
  return answer(handle, diff, limits);
}

async function answer(handle: RepositoryHandle, diff: Diff, { maxBytes }: DiffLimits): Promise<IdDiff> {
  const changes = fileChanges(diff);
  const attributes = consultAttributes(
    handle,
    changes.map(({ path }) => path),
  );
  const text = changes.length === 0 ? '' : await diff.toBuf(PATCH);
  requireLoadedFiles(diff, changes);
  return { diff: writePatch(changes, text, maxBytes) satisfies DiffAnswer, attributes };
}

/** What was too large to be loaded looks like a binary file. */
function requireLoadedFiles(diff: Diff, changes: readonly FileChange[]): void {
  for (const index of changes.keys()) {
    const delta = diff.getDelta(index);
    const size = Math.max(delta.oldFile().size(), delta.newFile().size());
    if (size > MAX_FILE_BYTES) throw new Unsuited('large-file');
  }
}
