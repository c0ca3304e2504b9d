import { type Repository } from './repository.js';

export interface CommitRequest {
  readonly message: string;
}

/** Where HEAD points after a change. */
export interface HeadState {
  readonly branch: string | null;
  readonly head: string | null;
}

export interface MergeRequest {
  readonly source: string;
  readonly message?: string;
  readonly noFastForward?: boolean;
}

export interface MergeResult extends HeadState {
  readonly outcome: 'already-up-to-date' | 'fast-forward' | 'merged';
}

export interface RemoteInfo {
  readonly name: string;
  /** Credentials masked. */
  readonly fetchUrl: string;
  readonly pushUrl: string;
}

export type SequencerOperation = 'merge' | 'rebase' | 'cherry-pick' | 'revert';

/** What can stop at conflicts; a stash that is applied leaves nothing but them. */
export type ConflictingOperation = SequencerOperation | 'stash';

export interface RefUpdate {
  readonly ref: string;
  readonly from: string | null;
  readonly to: string | null;
  /** As git says it: `fast-forward`, `forced`, `new`, `deleted`, `up-to-date`, `rejected`. */
  readonly outcome: string;
  readonly reason?: string;
}

export type ProgressListener = (report: { current: number; total?: number; message?: string }) => void;

/**
 * Changes to one repository. The caller holds the repository's writer lock. A conflict is
 * `merge_conflict` with `details: {operation, paths}`, and leaves the operation open for abort or continue.
 */
export interface GitWrites {
  add(repository: Repository, files: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
  /** @throws ServerError `operation_failed` with `details.reason: 'nothing-staged'` where nothing is staged */
  commit(
    repository: Repository,
    request: CommitRequest,
    signal: AbortSignal,
  ): Promise<HeadState & { subject: string; files: number }>;
  /** Unstages everything; the work tree is not touched. */
  reset(repository: Repository, signal: AbortSignal): Promise<readonly string[]>;
  createBranch(
    repository: Repository,
    name: string,
    base: string | undefined,
    signal: AbortSignal,
  ): Promise<{ name: string; sha: string }>;
  checkout(repository: Repository, branch: string, signal: AbortSignal): Promise<HeadState>;
  merge(repository: Repository, request: MergeRequest, signal: AbortSignal): Promise<MergeResult>;
  rebase(
    repository: Repository,
    onto: string,
    signal: AbortSignal,
  ): Promise<HeadState & { rewritten: number }>;
  cherryPick(
    repository: Repository,
    commit: string,
    noCommit: boolean,
    signal: AbortSignal,
  ): Promise<HeadState>;
  abort(repository: Repository, operation: SequencerOperation, signal: AbortSignal): Promise<HeadState>;
  continue(repository: Repository, operation: SequencerOperation, signal: AbortSignal): Promise<HeadState>;
  /** `path` need not exist; its parent does, inside the roots. */
  init(
    path: string,
    initialBranch: string | undefined,
    bare: boolean,
    signal: AbortSignal,
  ): Promise<Repository>;
}

/** What needs a remote, or says which there are. URLs pass the policy of remotes before anything is run. */
export interface GitRemotes {
  list(repository: Repository, signal: AbortSignal): Promise<readonly RemoteInfo[]>;
  add(repository: Repository, name: string, url: string, signal: AbortSignal): Promise<void>;
  remove(repository: Repository, name: string, signal: AbortSignal): Promise<void>;
  rename(repository: Repository, from: string, to: string, signal: AbortSignal): Promise<void>;
  setUrl(repository: Repository, name: string, url: string, signal: AbortSignal): Promise<void>;
  clone(
    request: { url: string; path: string; branch?: string; depth?: number; bare?: boolean },
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<Repository & HeadState>;
  fetch(
    repository: Repository,
    request: { remote: string; branch?: string; prune?: boolean },
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<readonly RefUpdate[]>;
  /** Merges by default (`rebase: true` rebases); a diverged branch without `rebase` is merged. */
  pull(
    repository: Repository,
    request: { remote: string; branch?: string; rebase?: boolean },
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<
    HeadState & {
      updates: readonly RefUpdate[];
      outcome: 'already-up-to-date' | 'fast-forward' | 'merged' | 'rebased';
    }
  >;
  /** A rejected push is `operation_failed` with `details: {reason: 'rejected', updates}`. */
  push(
    repository: Repository,
    request: { remote: string; branch?: string; setUpstream?: boolean; force?: boolean },
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<readonly RefUpdate[]>;
}

export const GIT_WRITES = Symbol('GitWrites');
export const GIT_REMOTES = Symbol('GitRemotes');
