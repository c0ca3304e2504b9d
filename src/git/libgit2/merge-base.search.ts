import { Unsuited } from './unsuited.error.js';

const ONE = 1;
const OTHER = 2;
/** An ancestor of a common ancestor: nothing new is found behind it. */
const STALE = 4;
const COMMON = ONE | OTHER;

/** What the search has to know of a commit. */
export interface SearchedCommit {
  /** When it was committed, seconds since 1970. */
  readonly at: number;
  readonly parents: readonly string[];
}

interface Painted extends SearchedCommit {
  readonly sha: string;
  marks: number;
}

/**
 * The merge base of two commits, found as git does: by painting ancestors from both sides, youngest first. It yields
 * the id of each commit that it has to see, and is given it.
 *
 * @throws Unsuited beyond so many commits, and where there is no merge base or several, of which git has rules for the first
 */
export function* searchMergeBase(
  one: string,
  other: string,
  maxCommits: number,
): Generator<string, string, SearchedCommit> {
  if (one === other) return one;
  const seen = new Map<string, Painted>();
  const queue = new Set<Painted>();
  function* paint(sha: string, marks: number): Generator<string, void, SearchedCommit> {
    let painted = seen.get(sha);
    if (!painted) {
      if (seen.size >= maxCommits) throw new Unsuited('far-merge-base');
      const { at, parents } = yield sha;
      painted = { sha, at, parents, marks: 0 };
      seen.set(sha, painted);
    }
    if ((painted.marks & marks) === marks) return;
    painted.marks |= marks;
    queue.add(painted);
  }
  yield* paint(one, ONE);
  yield* paint(other, OTHER);
  const found = new Set<Painted>();
  while ([...queue].some(({ marks }) => (marks & STALE) === 0)) {
    const painted = youngest(queue);
    queue.delete(painted);
    let marks = painted.marks & (COMMON | STALE);
    if (marks === COMMON) {
      found.add(painted);
      marks |= STALE;
    }
    for (const parent of painted.parents) yield* paint(parent, marks);
  }
  const [base, another] = [...found].filter(({ marks }) => (marks & STALE) === 0);
  if (base === undefined || another !== undefined) throw new Unsuited('merge-bases');
  return base.sha;
}

function youngest(queue: ReadonlySet<Painted>): Painted {
  return [...queue].reduce((best, next) => (next.at > best.at ? next : best));
}
