import {
  type DiffAnswer,
  type DiffQuery,
  type DiffShape,
  type GitReads,
  type ShowAnswer,
} from '../../git/git-reads.port.js';
import { type Repository } from '../../git/repository.js';
import { type DiffOptionsInput } from '../fields/diff-options.input.js';
import { withState } from '../outputs/diff-state.js';
import { pathsBesideLockFiles } from '../outputs/lock-files.js';

/** Asks again without the lock files where they are not wanted and have pushed out what is. */
export async function compare(
  reads: GitReads,
  repository: Repository,
  { query, input }: { readonly query: DiffQuery; readonly input: DiffOptionsInput },
  signal: AbortSignal,
): Promise<DiffAnswer> {
  const diff = await reads.diff(repository, query, signal);
  const paths = input.lock_files ? undefined : pathsBesideLockFiles(diff, input.paths);
  if (paths === undefined) return withState(diff);
  const others = await reads.diff(repository, { ...query, paths }, signal);
  return withState({ ...others, files: diff.files });
}

/** The same of one commit. */
export async function showCommit(
  reads: GitReads,
  repository: Repository,
  {
    shape,
    input,
  }: { readonly shape: DiffShape; readonly input: DiffOptionsInput & { readonly revision: string } },
  signal: AbortSignal,
): Promise<ShowAnswer> {
  const { revision } = input;
  const isUsual = shape.contextLines === USUAL_CONTEXT && Object.keys(shape).length === 1;
  const shown = await reads.show(repository, isUsual ? revision : { revision, ...shape }, signal);
  const paths = input.lock_files ? undefined : pathsBesideLockFiles(shown.diff, input.paths);
  const { commit } = shown;
  if (paths === undefined) return { commit, diff: await withState(shown.diff) };
  const { diff } = await reads.show(repository, { revision: commit.sha, ...shape, paths }, signal);
  return { commit, diff: await withState({ ...diff, files: shown.diff.files }) };
}

/** With it a commit is asked for as everybody asks for it, and known from that. */
const USUAL_CONTEXT = 3;
