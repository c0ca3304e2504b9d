import nodegit from 'nodegit';

import { diffOptions, PATCH } from './diff-options.js';
import { type Hunk, parseHunks } from './hunk.parser.js';
import { combinedPatch, type Compared } from './merged-files.js';
import { bodyOf, splitFiles } from './patch.writer.js';
import { type RawCommit } from './raw-commit.js';
import { type RepositoryHandle } from './repository-handle.js';
import { Unsuited } from './unsuited.error.js';
import { type DiffLimits } from './worker.protocol.js';

/** @throws Unsuited as `combinedPatch` */
export async function combinedByLibgit2(
  handle: RepositoryHandle,
  merge: RawCommit,
  parents: readonly RawCommit[],
  { contextLines }: DiffLimits,
): Promise<string> {
  const hunks = async (from: string, to: string, files: readonly Compared[]) =>
    hunksOf(handle, from, to, files);
  return combinedPatch(handle, merge, parents, { contextLines, hunks });
}

async function hunksOf(
  handle: RepositoryHandle,
  from: string,
  to: string,
  files: readonly Compared[],
): Promise<readonly (readonly Hunk[])[]> {
  const paths = files.map(({ path }) => path);
  const [before, after] = await Promise.all([handle.treeObject(from), handle.treeObject(to)]);
  const options = diffOptions({ contextLines: 0 }, paths);
  const diff = await nodegit.Diff.treeToTree(handle.repository, before, after, options);
  const bodies = splitFiles(await diff.toBuf(PATCH)).map(bodyOf);
  const found = bodies.map((_, index) => diff.getDelta(index).newFile().path());
  if (bodies.length !== paths.length || found.some((path, index) => path !== paths[index]))
    throw new Unsuited('patch-shape');
  return bodies.map(parseHunks);
}
