import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli, type GitCommand } from '../git-cli.port.js';
import { type CommitInfo } from '../git-reads.port.js';
import { type Repository } from '../repository.js';
import { COMMIT_FORMAT, parseCommits } from './log-output.parser.js';
import { RevisionResolver } from './revision.resolver.js';

export interface CommitRange {
  /** Commits that this one reaches are left out; without it the range goes back to the beginning. */
  readonly from?: string;
  readonly to: string;
  /** Of the newest; at least 1. */
  readonly maxCount: number;
}

export interface CommitsOfRange {
  /** Newest first, at most `maxCount`. */
  readonly commits: readonly CommitInfo[];
  /** How many the whole range has. */
  readonly total: number;
}

const COMMITS = ['-z', COMMIT_FORMAT, '--date=raw', '--no-show-signature', '--encoding=UTF-8'];
const MAX_LIST_BYTES = 16 * 2 ** 20;

/**
 * What lies between two points of a history, and which tag comes before one.
 *
 * All methods throw `revision_not_found` for a name that is no commit, `operation_failed` where git fails, and what
 * the runner of git throws.
 */
@Injectable()
export class HistoryReader {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly revisions: RevisionResolver,
  ) {}

  async commits(
    repository: Repository,
    { from, to, maxCount }: CommitRange,
    signal: AbortSignal,
  ): Promise<CommitsOfRange> {
    const names = from === undefined ? [to] : [to, from];
    const [newest = '', oldest] = await this.revisions.resolveAll(repository, names, signal);
    const revisions = [newest, ...(oldest === undefined ? [] : [`^${oldest}`])];
    const [log, count] = await Promise.all([
      this.run(
        repository,
        { name: 'log', options: [...COMMITS, `--max-count=${maxCount}`], revisions },
        signal,
      ),
      this.run(repository, { name: 'rev-list', options: ['--count'], revisions }, signal),
    ]);
    return { commits: parseCommits(log), total: Number(count) };
  }

  /** The tag that `git describe` would name: the nearest one that the revision reaches, itself included. */
  async nearestTag(
    repository: Repository,
    revision: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const sha = await this.revisions.resolve(repository, revision, signal);
    // Asked first, because describe ends in the same way where there is no tag and where it failed.
    const reached = ['--format=%(refname)', '--count=1', `--merged=${sha}`];
    const any = { name: 'for-each-ref', options: reached, revisions: ['refs/tags'] };
    if ((await this.run(repository, any, signal)) === '') return undefined;
    const describe = { name: 'describe', options: ['--tags', '--abbrev=0'], revisions: [sha] };
    return (await this.run(repository, describe, signal)).trimEnd();
  }

  private async run(repository: Repository, command: GitCommand, signal: AbortSignal): Promise<string> {
    const limits = { maxOutputBytes: MAX_LIST_BYTES };
    const { exitCode, stdout, truncated } = await this.git.run(repository, command, signal, limits);
    if (exitCode === 0 && !truncated) return stdout;
    const message = truncated
      ? 'The history is too long to be answered; ask for less of it'
      : 'git could not read the history; check that the repository is not damaged';
    throw new ServerError('operation_failed', message, {
      details: { command: command.name, exit_code: exitCode },
    });
  }
}
