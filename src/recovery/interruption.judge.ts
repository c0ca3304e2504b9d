import { type Footprint, footprintOf } from '../git/repository-footprint.js';
import { type JsonObject } from '../shared/json.js';
import { type BegunRequest } from '../sessions/store/entry.js';
import { type Tool } from '../tools/tool.js';

export type Outcome = 'done' | 'not_done' | 'unknown';

export interface Verdict {
  readonly outcome: Outcome;
  /** Commits that HEAD named before and names now, where both can be told. */
  readonly headBefore?: string | null;
  readonly headNow?: string | null;
}

/** Write one thing, by renaming one file into place: either it shows or it was not done. */
const ALL_OR_NOTHING = new Set(['git_add', 'git_branch', 'git_create_branch', 'git_tag']);
/** Move HEAD when everything else is done. */
const HEAD_COMES_LAST = new Set(['git_checkout', 'git_merge', 'git_rebase', 'git_reset']);

/**
 * What became of a request that was never answered, told by what its repository was like before and is like now. Only
 * what cannot be otherwise is said; whatever a kill in mid-work may have left half done is `unknown`.
 *
 * @param tool absent where none of that name is known any more
 */
export function judge({ tool: name, before }: BegunRequest, tool: Tool | undefined): Verdict {
  if (tool === undefined) return { outcome: 'unknown' };
  const { annotations, access, network } = tool.spec;
  if (annotations.readOnlyHint) return { outcome: 'not_done' };
  // Without a repository nothing can be compared; with one, a write is written down before it begins.
  if (before === undefined) return { outcome: access === 'none' ? 'unknown' : 'not_done' };
  const was = footprintIn(before);
  const is = footprintOf(placeIn(before));
  if (was === undefined || is === undefined) return { outcome: 'unknown' };
  const heads = { headBefore: was.commit, headNow: is.commit };
  return { outcome: network ? 'unknown' : compare(name, was, is), ...heads };
}

function compare(tool: string, was: Footprint, is: Footprint): Outcome {
  const hasChanged = Object.keys(is).some((part) => is[part] !== was[part]);
  if (ALL_OR_NOTHING.has(tool)) return hasChanged ? 'done' : 'not_done';
  // The index of a merge is put in its place after git has moved the branch.
  if (tool === 'git_merge' && is.index === was.index) return 'unknown';
  // What is staged is written before the commit; what a branch follows stands in the configuration, which is not seen.
  if (tool === 'git_commit' && is.commit !== was.commit) return 'done';
  if (tool === 'git_commit') return hasChanged ? 'unknown' : 'not_done';
  if (tool === 'git_branch_edit') return hasChanged ? 'done' : 'unknown';
  const hasMoved = is.commit !== was.commit || is.branch !== was.branch;
  return HEAD_COMES_LAST.has(tool) && hasMoved && is.operation === null ? 'done' : 'unknown';
}

function placeIn({ path, gitDir, commonDir }: JsonObject) {
  return { path: String(path), gitDir: String(gitDir), commonDir: String(commonDir) };
}

function footprintIn(before: JsonObject): Footprint | undefined {
  return 'refs' in before ? (before as unknown as Footprint) : undefined;
}
