import { type Repository } from './repository.js';

export interface CommitRequest {
  /** May be absent with `amend`, which then keeps the message, and with `fixup`. */
  readonly message?: string;
  /** Files and folders that are staged first. */
  readonly files?: readonly string[];
  /** Makes the last commit anew, with what is staged; its author and date stay. */
  readonly amend?: boolean;
  readonly allowEmpty?: boolean;
  /** The commit that this one is folded into by a rebase with `autosquash`. */
  readonly fixup?: string;
  /** `Name <mail>` */
  readonly author?: string;
  /** Each `Key: value`. */
  readonly trailers?: readonly string[];
  /** Why what the scan for secrets finds may pass. */
  readonly allowSecrets?: string;
}

/** Where HEAD points after a change. */
export interface HeadState {
  readonly branch: string | null;
  readonly head: string | null;
}

/**
 * What follows the branch: nothing (`soft`), the index (`mixed`), index and work tree, with the loss of all changes
 * (`hard`), of those that are staged (`merge`), or of none (`keep`, which refuses where any would be).
 */
export type ResetMode = 'soft' | 'mixed' | 'hard' | 'keep' | 'merge';

export interface ResetRequest {
  /** `mixed` if absent. */
  readonly mode?: ResetMode;
  /** HEAD if absent. */
  readonly target?: string;
}

export interface ResetResult extends HeadState {
  /** HEAD is at another commit than before. */
  readonly moved: boolean;
  /** Those that were unstaged, or files that changed where the work tree follows. */
  readonly paths: readonly string[];
}

/** Which side wins where both changed the same lines. */
export type Favor = 'ours' | 'theirs';

export interface MergeRequest {
  readonly source: string;
  readonly message?: string;
  readonly noFastForward?: boolean;
  /** Refuses where a merge commit would be needed. */
  readonly fastForwardOnly?: boolean;
  /** Stages what the merge would bring, and makes no commit. */
  readonly squash?: boolean;
  /** `ours` keeps the tree as it is and takes nothing of the source but its history. */
  readonly strategy?: 'ort' | 'ours';
  readonly favor?: Favor;
  /** Why what the scan for secrets finds in the message may pass. */
  readonly allowSecrets?: string;
}

export interface MergeResult extends HeadState {
  readonly outcome: 'already-up-to-date' | 'fast-forward' | 'merged' | 'squashed';
}

export interface RebaseRequest {
  /** The commits that this one does not have are replayed. */
  readonly upstream: string;
  /** Where they are put; `upstream` if absent. */
  readonly onto?: string;
  /** Folds `fixup!` and `squash!` commits into those that they are for. */
  readonly autosquash?: boolean;
  /** Moves branches that are at the commits along with them. */
  readonly updateRefs?: boolean;
  /** `theirs` are the commits that are replayed. */
  readonly favor?: Favor;
}

export interface PickRequest {
  /** One commit, or a range `A..B`. */
  readonly commits: string;
  readonly noCommit?: boolean;
  /** Number of the parent, from 1, that a merge is compared with. */
  readonly mainline?: number;
  /** Names in the message where the commit came from. */
  readonly recordOrigin?: boolean;
  readonly favor?: Favor;
}

export interface PickResult extends HeadState {
  readonly applied: number;
  /** Those that change nothing here. */
  readonly skipped: number;
}

export interface RemoteInfo {
  readonly name: string;
  /** Credentials masked. */
  readonly fetchUrl: string;
  readonly pushUrl: string;
}

export type SequencerOperation = 'merge' | 'rebase' | 'cherry-pick' | 'revert';

/** What can stop at conflicts. Of a stash that is applied git remembers nothing, so this server does. */
export type ConflictingOperation = SequencerOperation | 'stash';

export interface ContinueOptions {
  /** Why what the scan for secrets finds in the resolution may pass. */
  readonly allowSecrets?: string;
}

/** How far an operation has come that waits for a continue or an abort. */
export interface OperationProgress {
  readonly operation: ConflictingOperation | 'bisect';
  /** Of `total`, both from 1; absent where the operation has no steps that are known. */
  readonly step?: number;
  readonly total?: number;
  /** Id of what is being merged, picked, reverted or applied. */
  readonly commit?: string;
  /** The branch that is being rebased; HEAD is on none meanwhile. */
  readonly branch?: string;
}

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
  /** Moves the current branch; an unfinished merge, cherry-pick or revert is forgotten, but for mode `soft`. */
  reset(repository: Repository, request: ResetRequest, signal: AbortSignal): Promise<ResetResult>;
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
    request: RebaseRequest,
    signal: AbortSignal,
  ): Promise<HeadState & { rewritten: number }>;
  cherryPick(repository: Repository, request: PickRequest, signal: AbortSignal): Promise<PickResult>;
  revert(repository: Repository, request: PickRequest, signal: AbortSignal): Promise<PickResult>;
  abort(repository: Repository, operation: SequencerOperation, signal: AbortSignal): Promise<HeadState>;
  /** @throws ServerError `operation_failed` with `details.reason: 'secrets-found'`, before the commit is made */
  continue(
    repository: Repository,
    operation: SequencerOperation,
    signal: AbortSignal,
    options?: ContinueOptions,
  ): Promise<HeadState>;
  /** Leaves out the commit that the operation stopped at, and goes on. */
  skip(repository: Repository, operation: SequencerOperation, signal: AbortSignal): Promise<HeadState>;
  /** `path` need not exist; its parent does, inside the roots. */
  init(
    path: string,
    initialBranch: string | undefined,
    bare: boolean,
    signal: AbortSignal,
  ): Promise<Repository>;
}

export interface CloneRequest {
  readonly url: string;
  readonly path: string;
  readonly branch?: string;
  readonly depth?: number;
  readonly bare?: boolean;
  /** Only the history of one branch; what a shallow clone takes anyway. */
  readonly singleBranch?: boolean;
  /** Leaves out blobs, or those above a size: `blob:none`, `blob:limit=<n>[kmg]`. What is left out stays missing. */
  readonly filter?: string;
  readonly checkout?: boolean;
  /** Bare, with all refs as the remote has them. */
  readonly mirror?: boolean;
  readonly tags?: boolean;
}

export interface FetchRequest {
  readonly remote: string;
  readonly branch?: string;
  /** All branches if neither this nor `branch` is given. */
  readonly branches?: readonly string[];
  readonly prune?: boolean;
  /** `auto` takes those of commits that are fetched. */
  readonly tags?: 'auto' | 'all' | 'none';
  /** Only so many of the newest commits of each branch. */
  readonly depth?: number;
  /** The whole history of a shallow repository. */
  readonly unshallow?: boolean;
}

export interface PushRequest {
  readonly remote: string;
  /** The current one if absent. */
  readonly branch?: string;
  /** What the branch is called there; `branch` if absent. */
  readonly remoteBranch?: string;
  readonly setUpstream?: boolean;
  /** Overwrites what was last seen at the remote, and nothing that was pushed since. */
  readonly force?: boolean;
  /** Overwrites exactly this id, whatever was seen. */
  readonly expected?: string;
  /** Overwrites only what the branch once had, by its reflog. */
  readonly ifIncludes?: boolean;
  /** Deletes the branch or tag at the remote. */
  readonly delete?: boolean;
  /** This tag and no branch. */
  readonly tag?: string;
  /** All tags beside the branch. */
  readonly tags?: boolean;
  /** Why what the scan for secrets finds may pass. */
  readonly allowSecrets?: string;
  /** Asks the remote and changes nothing. */
  readonly dryRun?: boolean;
}

export interface PullRequest {
  readonly remote: string;
  /** The upstream of the current branch where absent. */
  readonly branch?: string;
  readonly rebase?: boolean;
  readonly fastForwardOnly?: boolean;
}

/** What needs a remote, or says which there are. URLs pass the policy of remotes before anything is run. */
export interface GitRemotes {
  list(repository: Repository, signal: AbortSignal): Promise<readonly RemoteInfo[]>;
  add(repository: Repository, name: string, url: string, signal: AbortSignal): Promise<void>;
  remove(repository: Repository, name: string, signal: AbortSignal): Promise<void>;
  rename(repository: Repository, from: string, to: string, signal: AbortSignal): Promise<void>;
  /** @returns the branch of the remote that a local branch follows there; of the same name where nothing else is set */
  upstream(repository: Repository, branch: string, remote: string, signal: AbortSignal): Promise<string>;
  /** @param push only the URL to push to */
  setUrl(
    repository: Repository,
    name: string,
    url: string,
    push: boolean,
    signal: AbortSignal,
  ): Promise<void>;
  clone(
    request: CloneRequest,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<Repository & HeadState>;
  fetch(
    repository: Repository,
    request: FetchRequest,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<readonly RefUpdate[]>;
  /** Merges by default (`rebase: true` rebases); a diverged branch without `rebase` is merged, if not `fastForwardOnly`. */
  pull(
    repository: Repository,
    request: PullRequest,
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
    request: PushRequest,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<readonly RefUpdate[]>;
}

export const GIT_WRITES = Symbol('GitWrites');
export const GIT_REMOTES = Symbol('GitRemotes');
