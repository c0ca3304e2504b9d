import { type OperationProgress } from './git-writes.port.js';
import { type Repository } from './repository.js';

/** Letters of git-status(1): `M A D R C T U ? !` and `.` for unchanged. */
export interface StatusEntry {
  readonly path: string;
  readonly index: string;
  readonly worktree: string;
  /** Where a rename or copy came from. */
  readonly from?: string;
}

export interface RepositoryStatus {
  /** Name of the branch, `null` when HEAD is detached. An unborn branch has a name and no `head`. */
  readonly branch: string | null;
  readonly head: string | null;
  readonly upstream?: string;
  readonly ahead?: number;
  readonly behind?: number;
  /** The operation that waits for a continue or an abort. */
  readonly operation?: OperationProgress['operation'];
  readonly progress?: Omit<OperationProgress, 'operation'>;
  readonly entries: readonly StatusEntry[];
}

export interface CommitIdentity {
  readonly name: string;
  readonly email: string;
  /** Whole seconds since 1970 UTC. */
  readonly at: number;
  /** Offset of the author's clock in minutes east of UTC. */
  readonly offsetMinutes: number;
}

export interface CommitInfo {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly author: CommitIdentity;
  readonly committer: CommitIdentity;
  readonly message: string;
}

export interface LineRange {
  /** As `namedPaths` takes it: literal, relative to the top. */
  readonly path: string;
  /** From 1, both included; or the function whose line matches an extended regular expression. */
  readonly lines: { readonly start: number; readonly end: number } | { readonly function: string };
}

/** Which commits of a history are listed; all of it must hold. */
export interface LogFilters {
  /** Whole seconds since 1970 UTC, both inclusive, compared with the committer's date as git does. */
  readonly since?: number;
  readonly until?: number;
  /** Extended regular expressions, of `Name <email>` and of lines of the message. */
  readonly author?: string;
  readonly committer?: string;
  readonly grep?: string;
  /** Take these three for texts. */
  readonly fixedStrings?: boolean;
  /** Of the searches for text, those in changes included. */
  readonly ignoreCase?: boolean;
  /** Literal, relative to the top. */
  readonly paths?: readonly string[];
  /** Beyond renames; with one path only. */
  readonly follow?: boolean;
  readonly merges?: 'only' | 'none';
  readonly firstParent?: boolean;
  /** Commits that change how often a text occurs (`git log -S`). */
  readonly pickaxe?: string;
  /** Commits of whose changed lines one matches an extended regular expression (`git log -G`). */
  readonly diffGrep?: string;
  /** Commits that changed these lines, each with the patch of them (`git log -L`). */
  readonly range?: LineRange;
  /** Draw how they hang together, parents after their children. */
  readonly graph?: boolean;
}

export interface LogQuery extends LogFilters {
  /** Anything gitrevisions(7) accepts that names one commit, or `A..B`, or `A...B`; default HEAD. */
  readonly revision?: string;
  /** From all branches, remote-tracking branches and tags as well. */
  readonly all?: boolean;
  readonly maxCount: number;
  /** So many of the newest are left out. */
  readonly skip?: number;
}

export interface LoggedCommit extends CommitInfo {
  /** Lines of the graph: that of the commit, and those that lead to the next one. */
  readonly graph?: readonly string[];
  /** Of the lines that were asked for. */
  readonly patch?: string;
}

export interface LogAnswer {
  /** Newest first. */
  readonly commits: readonly LoggedCommit[];
  /** Where the walk began and what it left out, as ids: the same ones have the same history. */
  readonly tips: readonly string[];
  /** There are further ones; of a search in changes, there may be. */
  readonly more: boolean;
}

export interface DiffFile {
  readonly path: string;
  readonly from?: string;
  /** A D M R C T U */
  readonly status: string;
  readonly additions: number;
  readonly deletions: number;
  readonly binary: boolean;
}

export interface DiffAnswer {
  /** As `git diff --full-index` prints it; cut at `git.maxOutputBytes`. */
  readonly patch: string;
  readonly files: readonly DiffFile[];
  readonly truncated: boolean;
}

/** What of a comparison is shown, and how; what is absent is as git has it by default. */
export interface DiffShape {
  readonly contextLines: number;
  /** Literal, relative to the top; all if absent. */
  readonly paths?: readonly string[];
  /** The files with their counts, without a patch. */
  readonly filesOnly?: boolean;
  /** Words instead of lines: `[-removed-]` and `{+added+}`, each line with a blank before it. Not of merges. */
  readonly wordDiff?: boolean;
  readonly whitespace?: 'ignore-all' | 'ignore-change' | 'ignore-at-eol' | 'ignore-cr-at-eol';
  readonly ignoreBlankLines?: boolean;
  /** Renames are found if absent; `copies` looks for them in all files. */
  readonly renames?: 'off' | 'copies';
  /** Least likeness of a rename or copy in percent; 50 if absent. */
  readonly similarity?: number;
  readonly algorithm?: 'minimal' | 'patience' | 'histogram';
}

export type DiffQuery = DiffShape &
  (
    | { readonly kind: 'unstaged' }
    | { readonly kind: 'staged' }
    /** A revision against the work tree, or `A..B`, or `A...B` (from the merge base). */
    | { readonly kind: 'target'; readonly target: string }
    /** From the merge base of the two to `compare`, as a pull request shows it; `direct`: from `base` itself. */
    | {
        readonly kind: 'branches';
        readonly base: string;
        readonly compare: string;
        readonly direct?: boolean;
      }
  );

export interface ShowQuery extends DiffShape {
  readonly revision: string;
}

export interface ShowAnswer {
  readonly commit: CommitInfo;
  readonly diff: DiffAnswer;
}

export interface BranchInfo {
  /** Short name: `main`, `origin/main`. */
  readonly name: string;
  readonly remote: boolean;
  readonly sha: string;
  readonly subject: string;
  readonly current: boolean;
  readonly upstream?: string;
  /** Commits that only the branch has, and that only its upstream has; `gone` where that one is. */
  readonly tracking?: { readonly ahead: number; readonly behind: number } | 'gone';
}

export interface BranchQuery {
  readonly type: 'local' | 'remote' | 'all';
  readonly contains?: string;
  readonly notContains?: string;
  /** Only branches whose commits the revision all has. */
  readonly merged?: string;
  readonly notMerged?: string;
  /** As `git branch --list` takes it: `*` stands for any text, slashes included. */
  readonly pattern?: string;
  /** By name if absent. */
  readonly order?: BranchOrder;
  /** Compare each branch with its upstream, at the cost of a walk each. */
  readonly tracking?: boolean;
}

export const BRANCH_ORDERS = ['name', 'newest', 'oldest'] as const;
export type BranchOrder = (typeof BRANCH_ORDERS)[number];

/**
 * What a repository says without being changed. Two engines answer behind it (libgit2 in worker processes and
 * the git CLI) with the same values.
 *
 * @throws ServerError `revision_not_found`, `operation_timeout`, `operation_cancelled`, `operation_failed`,
 *   `temporary_resource_unavailable` (a worker died: a retry may succeed)
 */
export interface GitReads {
  status(repository: Repository, signal: AbortSignal): Promise<RepositoryStatus>;
  log(repository: Repository, query: LogQuery, signal: AbortSignal): Promise<LogAnswer>;
  /** Three lines of context where no shape is given. */
  show(repository: Repository, revision: string | ShowQuery, signal: AbortSignal): Promise<ShowAnswer>;
  diff(repository: Repository, query: DiffQuery, signal: AbortSignal): Promise<DiffAnswer>;
  branches(repository: Repository, query: BranchQuery, signal: AbortSignal): Promise<readonly BranchInfo[]>;
}

export const GIT_READS = Symbol('GitReads');
