import { randomBytes } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';

import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { ObjectCache } from '../object-cache.js';
import { AnswerMemory } from '../reads/answer-memory.js';
import { RevisionResolver } from '../reads/revision.resolver.js';
import { searchFailure } from '../reads/search-failure.js';
import { type Repository } from '../repository.js';
import { nameText } from '../work-tree/path-lists.js';
import { isCovered, workTreePath } from '../writes/work-tree-paths.js';

export interface CoChangeQuery {
  readonly revision: string;
  /** Files or folders, literal, relative to the top; at least one. */
  readonly paths: readonly string[];
  /** So many of the newest commits that changed one of them are looked at. */
  readonly maxCommits: number;
  /** A commit of more files says nothing of what belongs together. */
  readonly maxFiles: number;
}

export interface CoChange {
  readonly path: string;
  /** Commits that changed it together with one of the paths. */
  readonly count: number;
  /** The newest of them, and when it was committed; whole seconds since 1970 UTC. */
  readonly last: { readonly sha: string; readonly at: number };
}

export interface CoChangeAnswer {
  readonly commit: string;
  /** How many commits were counted. */
  readonly commits: number;
  /** How many were passed over for their number of files. */
  readonly passedOver: number;
  /** There are older ones that were not looked at. */
  readonly more: boolean;
  /** The most frequent first, then by path. */
  readonly files: readonly CoChange[];
}

const MAX_LIST_BYTES = 64 * 2 ** 20;
const FILE_BYTES = 300;

/** Which files change together, as far as commits tell. Merges say nothing of it, and renames are not followed. */
@Injectable()
export class CoChangeReader {
  private readonly memory: AnswerMemory;

  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly revisions: RevisionResolver,
    cache: ObjectCache,
  ) {
    this.memory = new AnswerMemory(cache);
  }

  /** @throws ServerError `revision_not_found`, `path_not_allowed`, `operation_failed`, and what the runner of git throws */
  async find(repository: Repository, query: CoChangeQuery, signal: AbortSignal): Promise<CoChangeAnswer> {
    const paths = query.paths.map((path) => workTreePath(repository.path, path));
    const { maxCommits, maxFiles } = query;
    const commit = await this.revisions.resolve(repository, query.revision, signal);
    const parts = [commit, maxCommits, maxFiles, JSON.stringify(paths)];
    const question = this.memory.question<CoChangeAnswer>(repository, 'co-change', ...parts);
    const known = question.known();
    if (known) return known;
    const changes = await this.changes(repository, commit, { ...query, paths }, signal);
    const counted = changes.slice(0, maxCommits).filter(({ files }) => files.length <= maxFiles);
    const answer = {
      commit,
      commits: counted.length,
      passedOver: Math.min(changes.length, maxCommits) - counted.length,
      more: changes.length > maxCommits,
      files: together(counted, paths),
    };
    return question.keep(answer, [], answer.files.length * FILE_BYTES);
  }

  private async changes(
    repository: Repository,
    commit: string,
    { paths, maxCommits, maxFiles }: CoChangeQuery,
    signal: AbortSignal,
  ): Promise<readonly Change[]> {
    // No message and no name of a file can hold what is random.
    const mark = randomBytes(16).toString('hex');
    const options = [
      `--format=${mark}%H %ct`,
      '-z',
      '--name-only',
      '--no-renames',
      '--full-diff',
      '--no-merges',
      '--no-show-signature',
      `--max-count=${maxCommits + 1}`,
    ];
    const command = { name: 'log', options, revisions: [commit], paths: paths.includes('.') ? [] : paths };
    const limits = { maxOutputBytes: MAX_LIST_BYTES, rawOutput: true };
    const result = await this.git.run(repository, command, signal, limits);
    if (result.exitCode !== 0 || result.truncated) throw searchFailure('log', result);
    const records = result.stdout.split(mark).slice(1);
    return records.map((record) => changeOf(record, maxFiles));
  }
}

interface Change {
  readonly sha: string;
  readonly at: number;
  /** As bytes, one character each, so that names which read alike are not one; of a commit of too many files one more than are allowed: the first one of a history may have all. */
  readonly files: readonly string[];
}

/** `<id> <date> NUL`, and where there are files, a line's end before the first and NUL after each. */
function changeOf(record: string, maxFiles: number): Change {
  const [head = '', first = '', ...rest] = record.split('\0', maxFiles + 2);
  const [sha = '', at = ''] = head.split(' ');
  const files = [first.replace(/^\n/, ''), ...rest].filter((name) => name !== '');
  return { sha, at: Number(at), files };
}

function together(changes: readonly Change[], paths: readonly string[]): readonly CoChange[] {
  const found = new Map<string, { count: number; readonly last: CoChange['last'] }>();
  for (const { sha, at, files } of changes) {
    for (const path of files) {
      const known = found.get(path);
      if (known) known.count += 1;
      else found.set(path, { count: 1, last: { sha, at } });
    }
  }
  return [...found]
    .map(([name, { count, last }]) => ({ path: nameText(name), count, last }))
    .filter(({ path }) => !isCovered(path, paths))
    .toSorted((one, other) => other.count - one.count || (one.path < other.path ? -1 : 1));
}
