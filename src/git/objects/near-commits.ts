import { join } from 'node:path';

import { noteEngine } from '../../observability/operation-trace.js';
import { type CommitInfo } from '../git-reads.port.js';
import { parseCommit, subjectOf } from '../libgit2/commit.parser.js';
import { searchMergeBase } from '../libgit2/merge-base.search.js';
import { type RevisionStep } from '../libgit2/revision-steps.js';
import { unlessUnsuited, Unsuited } from '../libgit2/unsuited.error.js';
import { type Repository } from '../repository.js';
import { ObjectReader } from './object.reader.js';

/** Longer histories are read by a worker: the server would stand still. */
const MAX_COMMITS = 100;
const LIMITS = { maxBytes: 64 * 1024, maxMs: 8 };
/** A merge base that is not among so many is searched for by a worker, from the beginning. */
const MAX_SEARCHED = 50;
/** So many tell how often a commit is found. */
const SAMPLE = 20;

/** What is wanted of a history. */
export interface Walk {
  /** Only the first parent of a merge is followed. */
  readonly firstParent?: boolean | undefined;
  /** A merge among the commits is left to others. */
  readonly straight?: boolean;
  /** Commits that do not are passed over; all are taken where absent. */
  readonly matches?: (commit: CommitInfo) => boolean;
}

/**
 * The commits that one reaches, in git's default order: of those whose children were shown the youngest, and of equally
 * young ones that which was met first.
 *
 * @returns `undefined` where a worker is to be asked
 */
export function historyHere(
  repository: Repository,
  sha: string,
  maxCount: number,
  { firstParent = false, straight = false, matches = () => true }: Walk = {},
): readonly CommitInfo[] | undefined {
  if (maxCount > MAX_COMMITS) return undefined;
  return here(repository, (read) => {
    const shown: CommitInfo[] = [];
    const waiting = [read(sha)];
    const met = new Set([sha]);
    for (let visited = 1; ; visited += 1) {
      const commit = waiting.shift();
      if (commit === undefined) return shown;
      if (straight && commit.parents.length > 1) throw new Unsuited('merge');
      if (matches(commit)) shown.push(commit);
      if (shown.length === maxCount) return shown;
      if (visited >= SAMPLE) requireWithin(visited, shown.length, maxCount);
      for (const parent of firstParent ? commit.parents.slice(0, 1) : commit.parents) {
        if (met.has(parent)) continue;
        met.add(parent);
        insertByDate(waiting, read(parent));
      }
    }
  });
}

/** Where commits are found so seldom that too many would be read, the search ends before much time is lost. */
function requireWithin(visited: number, found: number, wanted: number): void {
  if (found * MAX_COMMITS < wanted * visited) throw new Unsuited('long-history');
}

/** In the order asked for; `undefined` as above. */
export function commitsHere(
  repository: Repository,
  shas: readonly string[],
): readonly CommitInfo[] | undefined {
  if (shas.length > MAX_COMMITS) return undefined;
  return here(repository, (read) => shas.map(read));
}

/** Their subjects, in the order asked for; `undefined` as above. */
export function subjectsHere(repository: Repository, shas: readonly string[]): readonly string[] | undefined {
  if (shas.length > MAX_COMMITS) return undefined;
  return here(repository, (read) => shas.map((sha) => subjectOf(read(sha).message)));
}

/** A commit by its way from another one, such as `id~2^2`. */
export interface Ancestor {
  readonly sha: string;
  readonly steps: readonly RevisionStep[];
}

/** What they name, each of them `undefined` as above. */
export function ancestorsHere(
  repository: Repository,
  names: readonly Ancestor[],
): readonly (string | undefined)[] {
  const found = readHere(repository, (reader) => {
    // Mostly the way to one of them is the beginning of the way to the next.
    const known = new Map<string, readonly string[]>();
    const parentsOf = (sha: string) => {
      const parents = known.get(sha) ?? parentsIn(reader, sha);
      known.set(sha, parents);
      return parents;
    };
    const shas = names.map((name) => unlessUnsuited(() => ancestor(parentsOf, name)));
    if (shas.every((sha) => sha === undefined)) throw new Unsuited('no-such-name');
    return shas;
  });
  if (found !== undefined) noteEngine('objects');
  return found ?? names.map(() => undefined);
}

function ancestor(parentsOf: (sha: string) => readonly string[], { sha, steps }: Ancestor): string {
  if (steps.reduce((sum, { times }) => sum + times, 0) > MAX_COMMITS) throw new Unsuited('far-ancestor');
  let at = sha;
  for (const { times, parent } of steps)
    for (let time = 0; time < times; time += 1) {
      const next = parentsOf(at)[parent - 1];
      if (next === undefined) throw new Unsuited('no-such-name');
      at = next;
    }
  // Which is there, and a commit.
  parentsOf(at);
  return at;
}

/** The one merge base of two commits, near to both; `undefined` as above. */
export function mergeBaseHere(repository: Repository, one: string, other: string): string | undefined {
  return here(repository, (read) => {
    const search = searchMergeBase(one, other, MAX_SEARCHED);
    let step = search.next();
    while (!step.done) {
      const { committer, parents } = read(step.value);
      step = search.next({ at: committer.at, parents });
    }
    return step.value;
  });
}

/** The tree of a commit; `undefined` as above. */
export function treeHere(repository: Repository, sha: string): string | undefined {
  return readHere(repository, (reader) => {
    const { type, data } = reader.read(sha);
    const [, tree] = /^tree ([0-9a-f]{40})\n/.exec(data.toString('latin1', 0, 46)) ?? [];
    if (type !== 'commit' || tree === undefined) throw new Unsuited('odd-commit');
    return tree;
  });
}

function here<T>(repository: Repository, use: (read: (sha: string) => CommitInfo) => T): T | undefined {
  const answer = readHere(repository, (reader) => use((sha) => commitOf(reader, sha)));
  if (answer !== undefined) noteEngine('objects');
  return answer;
}

/** @returns `undefined` where this process is not to read what is asked for */
function readHere<T>({ commonDir }: Repository, use: (reader: ObjectReader) => T): T | undefined {
  const reader = new ObjectReader(join(commonDir, 'objects'), LIMITS);
  try {
    return unlessUnsuited(() => use(reader));
  } finally {
    reader.close();
  }
}

const TREE_LINE = 46;
const PARENT_LINE = 48;

/** Read where they stand: on the way to an ancestor nothing else is wanted of a commit. */
function parentsIn(reader: ObjectReader, sha: string): readonly string[] {
  const { type, data } = reader.read(sha);
  if (type !== 'commit' || data.includes(0)) throw new Unsuited('odd-commit');
  const parents: string[] = [];
  for (let at = TREE_LINE; data.toString('latin1', at, at + 7) === 'parent '; at += PARENT_LINE)
    parents.push(data.toString('latin1', at + 7, at + 47));
  return parents;
}

function commitOf(reader: ObjectReader, sha: string): CommitInfo {
  const { type, data } = reader.read(sha);
  // git ends the text of a commit at its first NUL.
  if (type !== 'commit' || data.includes(0)) throw new Unsuited('odd-commit');
  const text = data.toString('utf8');
  const end = text.indexOf('\n\n');
  const [header, message] = end === -1 ? [text.trimEnd(), ''] : [text.slice(0, end), text.slice(end + 2)];
  return parseCommit(sha, header, message);
}

function insertByDate(waiting: CommitInfo[], commit: CommitInfo): void {
  const at = waiting.findIndex(({ committer }) => committer.at < commit.committer.at);
  waiting.splice(at === -1 ? waiting.length : at, 0, commit);
}
