import { relative } from 'node:path';

import { type Repository } from '../repository.js';
import { type Delta, NO_CHANGE } from './delta.js';
import { type Change, type Depth, type Snapshot } from './snapshot.js';

/**
 * How much the operation log keeps of the state before, to be able to go back to it: `refs`, HEAD and settings; those and the
 * `index`; those and the `worktree`, where a call may overwrite or delete files; `everything` where those may be ignored
 * ones; `worktrees` where linked work trees change, with refs; `bisect` where it is those of bisections; `submodules` where what is checked out in them does; `new-submodule` with the work tree; `settings` alone, of the repository and of submodules; `gone-worktrees` where git forgets linked work trees that are gone, `worktree-links` where it finds moved ones again; `nothing` where no state of the repository changes; `elsewhere` where what changes is none of these.
 */
export type Keeps =
  | Depth
  | 'worktrees'
  | 'submodules'
  | 'new-submodule'
  | 'settings'
  | 'gone-worktrees'
  | 'bisect'
  | 'worktree-links'
  | 'nothing'
  | 'elsewhere';

/** What a call is in the log, before it is known what it did. */
export interface OperationCall {
  readonly tool: string;
  /** The arguments that say what is done, as JSON, cut; without secrets. */
  readonly summary: string;
  readonly session: string;
  readonly principal: string;
  readonly keeps: Keeps;
  /** Paths of the linked work trees that may be gone afterwards, or of the submodules that may change. */
  readonly touches?: readonly string[] | 'every';
  /** The operation that this one takes back, or does again. */
  readonly undoes?: string;
  readonly redoes?: string;
  readonly key?: CallKey;
}

/** By which a repetition of a call is known. */
export interface CallKey {
  /** Of the key and of whoever gave it. */
  readonly digest: string;
  /** Of the tool and its arguments. */
  readonly call: string;
}

/** An answer that is given again to a repetition. */
export interface KeptAnswer {
  readonly text: string;
  readonly structured: object;
}

/** One entry of the log. Times in milliseconds since 1970 UTC. */
export interface OperationRecord extends OperationCall {
  readonly version: 1;
  /** Sorts by time. */
  readonly id: string;
  /** Which work tree, by the name of its folder in git's; empty for the main one. */
  readonly workTree: string;
  /** Of the repository, as `placeOf` gives it. */
  readonly place?: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** `pending` while it runs, and for good where the server ended meanwhile. */
  readonly outcome: 'pending' | 'done' | 'failed';
  /** Of the error it failed with. */
  readonly code?: string;
  /** Why less was kept than `keeps` says. */
  readonly limit?: string;
  /** What it takes to keep, in bytes. */
  readonly bytes: number;
  /** Whether the repository is another one afterwards. */
  readonly changed: boolean;
  readonly answer?: KeptAnswer;
}

/** What it changed is none of what the log knows. */
export function isNotKept({ keeps, outcome }: OperationRecord): boolean {
  return keeps === 'elsewhere' && outcome === 'done';
}

/** The `workTree` of records. */
export function workTreeName({ gitDir, commonDir }: Repository): string {
  return relative(commonDir, gitDir);
}

/** What a record knows of the repository: what was done, or, of a pending one, what was there before. */
export type OperationFacts = { readonly delta: Delta } | BegunFacts | { readonly before: Snapshot };

/** Of an undo or redo that is under way. */
export interface BegunFacts {
  readonly delta: Delta;
  /** Those of the delta, with values as `fileValue` gives them: the index, which is changed too, has no part in them. */
  readonly files: readonly Change[];
}

type Written = { delta: Delta } | BegunFacts | { before: Record<string, unknown> };

export function factsText(facts: OperationFacts): string {
  if ('delta' in facts) return JSON.stringify(facts);
  const { depth, stashes, ...maps } = facts.before;
  const lists = Object.fromEntries(
    Object.entries(maps).map(([name, map]) => [name, [...(map as Map<string, string>)]]),
  );
  return JSON.stringify({ before: { depth, stashes, ...lists } });
}

export function factsOf(text: string): OperationFacts {
  const written = JSON.parse(text) as Written;
  // Older records know fewer kinds of change.
  if ('delta' in written) return { ...written, delta: { ...NO_CHANGE, ...written.delta } };
  const maps = [
    'refs',
    'progress',
    'settings',
    'worktrees',
    'submodules',
    'adminFiles',
    'index',
    'files',
  ].map((name) => [name, new Map(written.before[name] as [string, string][])]);
  return { before: { ...written.before, ...Object.fromEntries(maps) } as unknown as Snapshot };
}
