import { type RawCommit, type RepositoryHandle } from './repository-handle.js';
import { Unsuited } from './unsuited.error.js';
import { type WorkerOperations } from './worker.protocol.js';

const ONE = 1;
const OTHER = 2;
/** An ancestor of a common ancestor: nothing new is found behind it. */
const STALE = 4;
const COMMON = ONE | OTHER;
/** Reading a commit costs 0.05 ms; from here on git is the faster one. */
const MAX_COMMITS = 300;

interface Painted {
  readonly commit: RawCommit;
  readonly at: number;
  marks: number;
}

/**
 * The merge base of two commits, found as git does: by painting ancestors from both sides, youngest first.
 *
 * nodegit's own function for all bases crashes, and its function for one hides that there are several, where git
 * has rules for which is named first.
 */
export async function mergeBase(
  handle: RepositoryHandle,
  { one, other }: WorkerOperations['mergeBase']['args'],
): Promise<WorkerOperations['mergeBase']['answer']> {
  handle.requireWholeHistory();
  if (one === other) return { sha: one };
  const painting = new Painting(handle);
  await painting.paint(one, ONE);
  await painting.paint(other, OTHER);
  const bases = await painting.run();
  const [base, another] = bases;
  if (base === undefined || another !== undefined) throw new Unsuited('merge-bases');
  return { sha: base };
}

class Painting {
  private readonly seen = new Map<string, Painted>();
  private readonly queue = new Set<Painted>();

  constructor(private readonly handle: RepositoryHandle) {}

  async paint(sha: string, marks: number): Promise<void> {
    let painted = this.seen.get(sha);
    if (!painted) {
      if (this.seen.size >= MAX_COMMITS) throw new Unsuited('far-merge-base');
      const commit = await this.handle.commit(sha);
      painted = { commit, at: committedAt(commit), marks: 0 };
      this.seen.set(sha, painted);
    }
    if ((painted.marks & marks) === marks) return;
    painted.marks |= marks;
    this.queue.add(painted);
  }

  async run(): Promise<readonly string[]> {
    const results = new Set<Painted>();
    while ([...this.queue].some(({ marks }) => (marks & STALE) === 0)) {
      const painted = this.youngest();
      this.queue.delete(painted);
      let marks = painted.marks & (COMMON | STALE);
      if (marks === COMMON) {
        results.add(painted);
        marks |= STALE;
      }
      for (const parent of painted.commit.parents) await this.paint(parent, marks);
    }
    return [...results].filter(({ marks }) => (marks & STALE) === 0).map(({ commit }) => commit.sha);
  }

  private youngest(): Painted {
    return [...this.queue].reduce((best, next) => (next.at > best.at ? next : best));
  }
}

function committedAt({ header }: RawCommit): number {
  const at = /^committer .*> (\d{1,12}) [+-]\d{4}$/m.exec(header)?.[1];
  if (at === undefined) throw new Unsuited('odd-identity');
  return Number(at);
}
