import { Injectable } from '@nestjs/common';

import {
  type BranchInfo,
  type BranchQuery,
  type DiffAnswer,
  type DiffQuery,
  type GitReads,
  type LogAnswer,
  type LogQuery,
  type RepositoryStatus,
  type ShowAnswer,
  type ShowQuery,
} from '../git-reads.port.js';
import { type Repository } from '../repository.js';
import { BranchReader } from './branch.reader.js';
import { CliReads } from './cli.reads.js';
import { DiffReader, requireWorkTree, shapeOf } from './diff.reader.js';
import { IdAnswers } from './id-answers.service.js';
import { LogReader } from './log.reader.js';
import { OperationProgressReader } from './operation-progress.reader.js';
import { RevisionResolver } from './revision.resolver.js';
import { StatusMemory } from './status-memory.service.js';

const CONTEXT_LINES = 3;

/**
 * The reads, each from the engine that docs/git-engines.md names for it. Whatever libgit2 is not known to answer
 * as git does goes to git.
 */
@Injectable()
export class GitReadsService implements GitReads {
  private readonly histories: LogReader;

  constructor(
    private readonly revisions: RevisionResolver,
    private readonly answers: IdAnswers,
    private readonly diffs: DiffReader,
    private readonly branchList: BranchReader,
    private readonly cli: CliReads,
    private readonly operations: OperationProgressReader,
    private readonly statuses: StatusMemory,
  ) {
    this.histories = new LogReader(revisions, answers, cli);
  }

  async status(repository: Repository, signal: AbortSignal): Promise<RepositoryStatus> {
    requireWorkTree(repository);
    const [status, found] = await Promise.all([
      this.cli.status(repository, signal, this.statuses),
      this.operations.read(repository, signal),
    ]);
    if (found === undefined) return status;
    const { operation, ...progress } = found;
    return { ...status, operation, progress };
  }

  async log(repository: Repository, query: LogQuery, signal: AbortSignal): Promise<LogAnswer> {
    return this.histories.log(repository, query, signal);
  }

  async show(repository: Repository, wanted: string | ShowQuery, signal: AbortSignal): Promise<ShowAnswer> {
    const query = typeof wanted === 'string' ? { revision: wanted, contextLines: CONTEXT_LINES } : wanted;
    const sha = await this.revisions.resolve(repository, query.revision, signal);
    return this.answers.show(repository, sha, shapeOf(repository, query), signal);
  }

  async diff(repository: Repository, query: DiffQuery, signal: AbortSignal): Promise<DiffAnswer> {
    return this.diffs.diff(repository, query, signal);
  }

  async branches(
    repository: Repository,
    query: BranchQuery,
    signal: AbortSignal,
  ): Promise<readonly BranchInfo[]> {
    return this.branchList.branches(repository, query, signal);
  }
}
