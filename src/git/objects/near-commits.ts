import { join } from 'node:path';

import { noteEngine } from '../../observability/operation-trace.js';
import { type CommitInfo } from '../git-reads.port.js';
import { parseCommit, subjectOf } from '../libgit2/commit.parser.js';
import { type RevisionStep } from '../libgit2/revision-steps.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type Repository } from '../repository.js';
import { ObjectReader } from './object.reader.js';

/** Longer histories are read by a worker: the server would stand still. */
const MAX_COMMITS = 100;
const LIMITS = { maxBytes: 64 * 1024, maxMs: 8 };

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
): readonly CommitInfo[] | undefined {
  if (maxCount > MAX_COMMITS) return undefined;
  return here(repository, (read) => {
    const shown: CommitInfo[] = [];
    const waiting = [read(sha)];
    const met = new Set([sha]);
    for (;;) {
      const commit = waiting.shift();
      if (commit === undefined) return shown;
      shown.push(commit);
      if (shown.length === maxCount) return shown;
      for (const parent of commit.parents) {
        if (met.has(parent)) continue;
        met.add(parent);
        insertByDate(waiting, read(parent));
      }
    }
  });
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

/** What `id~2^2` names, `undefined` as above. */
export function ancestorHere(
  repository: Repository,
  sha: string,
  steps: readonly RevisionStep[],
): string | undefined {
  if (steps.reduce((sum, { times }) => sum + times, 0) > MAX_COMMITS) return undefined;
  return here(repository, (read) => {
    let commit = read(sha);
    for (const { times, parent } of steps)
      for (let time = 0; time < times; time += 1) {
        const next = commit.parents[parent - 1];
        if (next === undefined) throw new Unsuited('no-such-name');
        commit = read(next);
      }
    return commit.sha;
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
    return use(reader);
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  } finally {
    reader.close();
  }
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
