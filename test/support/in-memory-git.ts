import {
  type BranchInfo,
  type CommitInfo,
  type DiffAnswer,
  type GitReads,
} from '../../src/git/git-reads.port.js';
import {
  type GitRemotes,
  type GitWrites,
  type HeadState,
  type RefUpdate,
  type RemoteInfo,
} from '../../src/git/git-writes.port.js';
import { type RepositoryLocator, type RepositoryLocks } from '../../src/git/repository-locks.port.js';
import { type Repository } from '../../src/git/repository.js';
import { ServerError } from '../../src/shared/errors/index.js';

const SHA = '1f2e3d4c5b6a79881726354453627180fedcba98';

export const REPOSITORY: Repository = {
  path: '/repos/one',
  gitDir: '/repos/one/.git',
  commonDir: '/repos/one/.git',
  bare: false,
  objectFormat: 'sha1',
  refFormat: 'files',
  trust: 'untrusted',
};

const commit: CommitInfo = {
  sha: SHA,
  parents: [SHA],
  author: { name: 'Ada', email: 'ada@example.org', at: 1_705_329_025, offsetMinutes: 60 },
  committer: { name: 'Ada', email: 'ada@example.org', at: 1_705_329_025, offsetMinutes: -150 },
  message: 'Add the engine\n\nIt runs.\n',
};

const diff: DiffAnswer = {
  patch: 'diff --git a/a b/a\n',
  files: [{ path: 'a', status: 'M', additions: 1, deletions: 2, binary: false }],
  truncated: false,
};

const branch: BranchInfo = {
  name: 'main',
  remote: false,
  sha: SHA,
  subject: 'Add the engine',
  current: true,
};
const update: RefUpdate = { ref: 'refs/heads/main', from: null, to: SHA, outcome: 'new' };
const head = { branch: 'main', head: SHA };

/** Git without repositories: each call is remembered and answered with the same small facts. */
export class InMemoryGit implements RepositoryLocator {
  readonly calls: unknown[][] = [];
  /** Where HEAD is; each call takes the next, the last one stays. */
  heads: HeadState[] = [{ branch: 'topic', head: SHA }];
  remoteList: RemoteInfo[] = [
    { name: 'origin', fetchUrl: 'https://example.org/a.git', pushUrl: 'https://example.org/a.git' },
  ];

  readonly reads: GitReads = {
    status: (...call) =>
      this.answer(call, {
        ...head,
        entries: [{ path: 'a', index: 'M', worktree: '.' }],
        upstream: 'origin/main',
        ahead: 1,
      }),
    log: (...call) => this.answer(call, { commits: [commit], tips: [SHA], more: false }),
    show: (...call) => this.answer(call, { commit, diff }),
    diff: (...call) => this.answer(call, diff),
    branches: (...call) => this.answer(call, [branch]),
  };

  readonly writes: GitWrites = {
    add: (...call) => this.answer(call, ['a']),
    commit: (...call) => this.answer(call, { ...head, subject: 'Add the engine', files: 1 }),
    reset: (...call) => this.answer(call, { ...head, moved: false, paths: [] }),
    createBranch: (...call) => this.answer(call, { name: 'topic', sha: SHA }),
    checkout: (...call) => this.answer(call, { branch: null, head: SHA }),
    merge: (...call) => this.answer(call, { ...head, outcome: 'merged' as const }),
    rebase: (...call) => this.answer(call, { ...head, rewritten: 2 }),
    cherryPick: (...call) => this.answer(call, { ...head, applied: 1, skipped: 0 }),
    revert: (...call) => this.answer(call, { ...head, applied: 1, skipped: 0 }),
    abort: (...call) => this.answer(call, head),
    continue: (...call) => this.answer(call, head),
    skip: (...call) => this.answer(call, head),
    init: (...call) => this.answer(call, REPOSITORY),
  };

  readonly remotes: GitRemotes = {
    list: (...call) => this.answer(call, this.remoteList),
    add: (...call) => this.answer(call, undefined),
    remove: (...call) => this.answer(call, undefined),
    rename: (...call) => this.answer(call, undefined),
    upstream: (_repository, branch) => Promise.resolve(branch),
    setUrl: (...call) => this.answer(call, undefined),
    clone: (...call) => this.answer(call, { ...REPOSITORY, ...head }),
    fetch: (...call) => this.answer(call, [update]),
    pull: (...call) => this.answer(call, { ...head, updates: [update], outcome: 'fast-forward' as const }),
    // A trial is no call that does anything.
    push: (...call) => (call[1].dryRun ? Promise.resolve([update]) : this.answer(call, [update])),
  };

  headState(): Promise<HeadState> {
    const [next = head] = this.heads.length > 1 ? this.heads.splice(0, 1) : this.heads;
    return Promise.resolve(next);
  }

  locate(path: string): Promise<Repository> {
    if (path.startsWith('/repos/')) return Promise.resolve(REPOSITORY);
    return Promise.reject(new ServerError('path_not_allowed', 'This path is outside git.roots'));
  }

  locateNew(path: string): Promise<string> {
    return Promise.resolve(path);
  }

  private answer<T>(call: unknown[], value: T): Promise<T> {
    this.calls.push(call.filter((part) => !(part instanceof AbortSignal) && part !== REPOSITORY));
    return Promise.resolve(value);
  }
}

/** Counts who holds the writer lock; whoever finds it held waits for `free`. */
export class CountingLocks implements RepositoryLocks {
  held = 0;
  taken = 0;

  acquire(_repository: Repository, _owner: object, signal: AbortSignal): Promise<() => void> {
    if (this.held > 0) return untilAborted(signal);
    this.held += 1;
    this.taken += 1;
    return Promise.resolve(() => {
      this.held -= 1;
    });
  }
}

/** Never answers, and ends with its signal as every port promises. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const cancelled = new ServerError('operation_cancelled', 'The operation was cancelled');
    if (signal.aborted) reject(cancelled);
    else signal.addEventListener('abort', () => reject(cancelled), { once: true });
  });
}
