import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { GIT_CLI, type GitCli, type GitCommand } from '../git-cli.port.js';
import { readConfig } from '../libgit2/repository-config.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type FileSignature } from '../libgit2/worker.protocol.js';
import { ObjectCache } from '../object-cache.js';
import { AnswerMemory } from '../reads/answer-memory.js';
import { dependenciesOf, signaturesOf } from '../reads/dependencies.js';
import { RevisionResolver } from '../reads/revision.resolver.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { workTreePath } from '../writes/work-tree-paths.js';
import { readFailure } from './read-failure.js';

export const CONTRIBUTOR_GROUPS = ['author', 'committer', 'co-author'] as const;

export interface ContributorQuery {
  readonly to: string;
  /** Commits that this one reaches are left out. */
  readonly from?: string;
  readonly group: (typeof CONTRIBUTOR_GROUPS)[number];
  readonly merges: boolean;
  /** Whole seconds since 1970 UTC, both inclusive, compared with the committer's date. */
  readonly since?: number;
  readonly until?: number;
  /** None means all. */
  readonly paths: readonly string[];
  /** Count lines as well, which reads every change: of authors only. */
  readonly churn: boolean;
}

export interface Contributor {
  readonly name: string;
  readonly email: string;
  readonly commits: number;
  readonly churn?: Churn;
}

interface Churn {
  readonly additions: number;
  readonly deletions: number;
  /** How often a file was changed. */
  readonly changes: number;
}

const MAX_BYTES = 64 * 2 ** 20;
const CONTRIBUTOR_BYTES = 300;
const GROUP = { author: 'author', committer: 'committer', 'co-author': 'trailer:co-authored-by' } as const;
const LINE = /^\s*(\d+)\t([^]*?)(?: <([^<>]*)>)?$/;

/** Who made how many commits, by the names that `.mailmap` gives them. */
@Injectable()
export class ContributorsReader {
  private readonly memory: AnswerMemory;

  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly revisions: RevisionResolver,
    cache: ObjectCache,
  ) {
    this.memory = new AnswerMemory(cache);
  }

  /**
   * @returns who made most commits first
   * @throws ServerError `revision_not_found`, `path_not_allowed`; `operation_failed` with `details.reason: 'too-many-entries'`
   */
  async list(
    repository: Repository,
    query: ContributorQuery,
    signal: AbortSignal,
  ): Promise<readonly Contributor[]> {
    const names = query.from === undefined ? [query.to] : [query.to, query.from];
    const [to = '', from] = await this.revisions.resolveAll(repository, names, signal);
    const revisions = [to, ...(from === undefined ? [] : [`^${from}`])];
    const paths = query.paths.map((path) => workTreePath(repository.path, path));
    const command = { ...(query.churn ? churnOf(query) : summaryOf(query)), revisions, paths };
    const question = this.memory.question<readonly Contributor[]>(repository, JSON.stringify(command));
    const known = question.known();
    if (known) return known;
    const dependencies = dependenciesOfNames(repository, query);
    const output = await this.run(repository, command, signal);
    const found = query.churn ? parseChurn(output) : parseSummary(output);
    return question.keep(found, dependencies, found.length * CONTRIBUTOR_BYTES);
  }

  private async run(repository: Repository, command: GitCommand, signal: AbortSignal): Promise<string> {
    const limits = { maxOutputBytes: MAX_BYTES };
    const result = await this.git.run(repository, command, signal, limits);
    if (result.exitCode !== 0) throw readFailure(command.name, result);
    if (!result.truncated) return result.stdout;
    throw refused('too-many-entries', 'The history is too long to be counted; give from, since or paths');
  }
}

/**
 * Names come from the work tree's `.mailmap`, or from a blob that a revision of the configuration names; what is text, and
 * so is counted, is said by attributes of files that nobody has named.
 */
function dependenciesOfNames(
  repository: Repository,
  { churn }: ContributorQuery,
): readonly FileSignature[] | null {
  // Signed before it is read.
  const configuration = dependenciesOf(repository, []);
  if (churn || repository.bare || mayNameBlob(repository)) return null;
  const names = signaturesOf([join(repository.path, '.mailmap')]);
  return configuration && names && [...configuration, ...names];
}

function mayNameBlob(repository: Repository): boolean {
  try {
    return readConfig(repository).has('mailmap.blob');
  } catch (error) {
    if (error instanceof Unsuited) return true;
    throw error;
  }
}

function summaryOf(query: ContributorQuery): GitCommand {
  const group = `--group=${GROUP[query.group]}`;
  return { name: 'shortlog', options: ['--summary', '--numbered', '--email', group, ...walkOf(query)] };
}

function churnOf(query: ContributorQuery): GitCommand {
  const who = query.group === 'committer' ? '%cN%x00%cE' : '%aN%x00%aE';
  return {
    name: 'log',
    options: [
      `--format=%x00${who}%x00`,
      '--numstat',
      '--no-renames',
      '--no-show-signature',
      ...walkOf(query),
    ],
  };
}

function walkOf({ merges, since, until }: ContributorQuery): readonly string[] {
  return [
    ...(merges ? [] : ['--no-merges']),
    ...(since === undefined ? [] : [`--since-as-filter=@${since} +0000`]),
    ...(until === undefined ? [] : [`--min-age=${until}`]),
  ];
}

function parseSummary(output: string): readonly Contributor[] {
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, commits = '0', name = '', email = ''] = LINE.exec(line) ?? [];
      return { name, email, commits: Number(commits) };
    });
}

/** Name, e-mail and the counted files of each commit, each followed by NUL; none of them holds one. */
function parseChurn(output: string): readonly Contributor[] {
  const fields = output.split('\0').slice(1);
  const found = new Map<string, Contributor & { readonly churn: Churn }>();
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [name = '', email = '', files = ''] = fields.slice(at, at + 3);
    const key = `${name}\0${email}`;
    const before = found.get(key) ?? { name, email, commits: 0, churn: NOTHING };
    found.set(key, {
      ...before,
      commits: before.commits + 1,
      churn: files.split('\n').reduce(added, before.churn),
    });
  }
  return [...found.values()].toSorted((one, other) => other.commits - one.commits);
}

const NOTHING: Churn = { additions: 0, deletions: 0, changes: 0 };

function added(churn: Churn, line: string): Churn {
  const [, additions, deletions] = /^(\d+|-)\t(\d+|-)\t/.exec(line) ?? [];
  if (additions === undefined) return churn;
  return {
    additions: churn.additions + countOf(additions),
    deletions: churn.deletions + countOf(deletions),
    changes: churn.changes + 1,
  };
}

/** Of a binary file git prints a dash. */
function countOf(text = '-'): number {
  return text === '-' ? 0 : Number(text);
}
