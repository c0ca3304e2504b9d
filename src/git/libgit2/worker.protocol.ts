import { type CommitInfo, type DiffAnswer, type DiffFile } from '../git-reads.port.js';
import { type TreeEntry } from '../reads/tree-output.parser.js';

/** Where the worker finds a repository; the policy of paths has let these through, nothing is discovered. */
export interface RepositoryPlace {
  readonly path: string;
  readonly gitDir: string;
  readonly commonDir: string;
  readonly bare: boolean;
}

/** A file that an answer depends on beside its object ids, with its stat signature (`absent` where there is none). */
export type FileSignature = readonly [path: string, signature: string];

export interface DiffLimits {
  readonly contextLines: number;
  /** The patch is cut at a line's end before it is longer than this many bytes of UTF-8. */
  readonly maxBytes: number;
}

export interface IdDiff {
  readonly diff: DiffAnswer;
  /** The attribute files that were consulted. As long as they stay as they are, so does the diff. */
  readonly attributes: readonly FileSignature[];
}

export interface RefEntry {
  readonly ref: string;
  readonly sha: string;
  readonly upstream?: string;
}

export interface BranchList {
  /** The ref that HEAD is, `null` when it is detached. */
  readonly current: string | null;
  readonly refs: readonly RefEntry[];
}

export interface StoredFile {
  readonly type: 'file' | 'executable' | 'symlink';
  readonly sha: string;
  readonly bytes: number;
  /** `null` of a file that is larger than was asked for. */
  readonly content: Uint8Array | null;
}

/** From which commit, left out with all that it reaches, to which. */
export type CommitRange = readonly [from: string, to: string];

/** What the worker can be asked: arguments and answer of each operation. Ids are commits, 40 hex digits. */
export interface WorkerOperations {
  probe: { args: object; answer: { readonly files: number } };
  resolve: { args: { revisions: readonly string[] }; answer: readonly (string | null)[] };
  log: {
    args: { sha: string; maxCount: number; since?: number; until?: number };
    answer: readonly CommitInfo[];
  };
  /** Subjects. */
  commits: { args: { shas: readonly string[] }; answer: readonly string[] };
  /** `shown` is null for a merge in which something differs from all parents: git has a form of its own for that. */
  show: {
    args: { sha: string } & DiffLimits;
    answer: { readonly commit: CommitInfo; readonly shown: IdDiff | null };
  };
  diffCommits: { args: { from: string; to: string } & DiffLimits; answer: IdDiff };
  diffStaged: { args: DiffLimits; answer: DiffAnswer };
  mergeBase: { args: { one: string; other: string }; answer: { readonly sha: string } };
  /**
   * Of two commits that have changed different files: their one merge base, which may be known, the id that the merged
   * tree has, and the files that theirs have changed, which are null where git is to count their lines.
   */
  mergeTrees: {
    args: { ours: string; theirs: string; base: string | null };
    answer: {
      readonly base: string;
      readonly tree: string;
      readonly files: readonly DiffFile[] | null;
    };
  };
  /** Paths that the commits of these ranges change, merges left out. */
  touchedPaths: { args: { ranges: readonly CommitRange[] }; answer: readonly string[] };
  /** Those of the tips from which the commit is reached. */
  containing: { args: { tips: readonly string[]; sha: string }; answer: readonly string[] };
  /**
   * The entries of a tree, or of that of a commit, and of the folders that the segments lead through: fewer where one of
   * them names none. Names have one character a byte. Of the last folder the sizes as well, if asked for.
   */
  tree: {
    args: { id: string; segments: readonly string[]; sizes: boolean };
    answer: readonly (readonly TreeEntry[])[];
  };
  /** Paths of the folders below those that the segments lead to, and of these; no more than `max`. */
  folders: {
    args: { id: string; below: readonly (readonly string[])[]; max: number };
    answer: readonly string[];
  };
  file: { args: { commit: string; segments: readonly string[]; maxBytes: number }; answer: StoredFile };
  branches: { args: { local: boolean; remote: boolean }; answer: BranchList };
  /**
   * Of a copy of the index with git's notes: a digest of all that `git status` depends on beside objects, index and
   * configuration, and after which moment none of it was changed (milliseconds since 1970).
   */
  workTreeState: {
    args: { index: string; upstream?: string };
    answer: { readonly state: string; readonly changedMs: number };
  };
}

export type WorkerOperationName = keyof WorkerOperations;

export interface WorkerRequest<Name extends WorkerOperationName = WorkerOperationName> {
  readonly id: number;
  readonly operation: Name;
  readonly place: RepositoryPlace | null;
  readonly args: WorkerOperations[Name]['args'];
}

/**
 * `unsuited` is no failure: libgit2 cannot give git's answer here (or any), so git itself is to be asked. The
 * reason is one of few fixed words, fit for a metric's label.
 */
export type WorkerReply = ReplyFacts & ({ readonly answer: unknown } | { readonly unsuited: string });

interface ReplyFacts {
  readonly id: number;
  /** Measured after some operations only. */
  readonly memoryBytes?: number;
  /** When each repository was opened that the worker has open: milliseconds since 1970. */
  readonly openedAt: readonly number[];
}

/** Sent once, when libgit2 is loaded. */
export interface WorkerReady {
  readonly ready: true;
}

/** What became of an operation in a worker that lives. */
export type PoolReply = { readonly answer: unknown } | { readonly unsuited: string };
