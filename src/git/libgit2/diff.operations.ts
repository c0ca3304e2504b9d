import nodegit, { type Diff, type DiffOptions, type Tree } from 'nodegit';

import { type DiffAnswer } from '../git-reads.port.js';
import { consultAttributes } from './attributes.gate.js';
import { changedPaths } from './changed-paths.js';
import { parseCommit } from './commit.parser.js';
import { type FileChange, fileChanges } from './file-change.js';
import { writePatch } from './patch.writer.js';
import { resolveRef } from './ref-files.js';
import { type RawCommit, type RepositoryHandle } from './repository-handle.js';
import { Unsuited } from './unsuited.error.js';
import { type DiffLimits, type IdDiff, type WorkerOperations } from './worker.protocol.js';

const DISABLE_PATHSPEC_MATCH = 1 << 12;
const INDENT_HEURISTIC = 1 << 18;
const PATCH = 1;
/** A larger file is left to git, whose output can be stopped early. libgit2 builds all of it. */
const MAX_FILE_BYTES = 512 * 1024;
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

/** A merge that needed no hand: nothing in it differs from all parents. The files are those of the other side. */
async function showMerge(
  handle: RepositoryHandle,
  merge: RawCommit,
  limits: DiffLimits,
): Promise<IdDiff | null> {
  const parents = await Promise.all(merge.parents.map((sha) => handle.commit(sha)));
  const [first] = parents;
  if (first === undefined || !(await isClean(handle, merge, parents))) return null;
  const { diff, attributes } = await diffTrees(handle, first, merge, limits);
  return { diff: { patch: '', files: diff.files, truncated: false }, attributes };
}

/** The commit itself is an answer already. */
function leftToGit(error: unknown): null {
  if (error instanceof Unsuited) return null;
  throw error;
}

async function isClean(
  handle: RepositoryHandle,
  merge: RawCommit,
  parents: readonly RawCommit[],
): Promise<boolean> {
  const changes = await Promise.all(parents.map(({ tree }) => changedPaths(handle, tree, merge.tree)));
  const [first = [], ...others] = changes.map((paths) => new Set(paths));
  return ![...first].some((path) => others.every((other) => other.has(path)));
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
    await treeOf(handle, tree),
    null,
    options(args),
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
  if (pathspec?.length === 0 || from?.tree === to.tree)
    return { diff: writePatch([], '', 0), attributes: [] };
  const [before, after] = await Promise.all([from && treeOf(handle, from.tree), treeOf(handle, to.tree)]);
  const diff = await nodegit.Diff.treeToTree(handle.repository, before, after, options(limits, pathspec));
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

function options({ contextLines }: DiffLimits, pathspec?: readonly string[]): DiffOptions {
  const flags = INDENT_HEURISTIC | (pathspec ? DISABLE_PATHSPEC_MATCH : 0);
  return { flags, contextLines, idAbbrev: 40, maxSize: MAX_FILE_BYTES, ...(pathspec && { pathspec }) };
}

async function treeOf(handle: RepositoryHandle, sha: string): Promise<Tree> {
  return nodegit.Tree.lookup(handle.repository, handle.oid(sha));
}
