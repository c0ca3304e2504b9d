import { Injectable } from '@nestjs/common';

import { type ProgressListener } from '../../git-writes.port.js';
import { type Repository } from '../../repository.js';
import { RepositoryState } from '../../writes/repository-state.service.js';
import { type LfsFile } from '../lfs-files.reader.js';
import { LfsStatusReader } from '../lfs-status.reader.js';
import { LfsContentWriter } from './lfs-content.writer.js';
import { type LfsFetched, LfsFetcher, type LfsFetchPlan, type LfsFetchRequest } from './lfs.fetcher.js';
import { bytesOf, TransferBudget } from './transfer.budget.js';

/** Of HEAD. */
export type LfsPullRequest = Omit<LfsFetchRequest, 'revision'>;

export interface LfsPullPlan extends LfsFetchPlan {
  /** Files of the work tree that would get their content. */
  readonly pointers: readonly LfsFile[];
}

export interface LfsPulled extends LfsFetched {
  /** Files of the work tree that have their content now. */
  readonly placed: readonly LfsFile[];
  /** As `LfsStatusReader.filterRuns`; where it does not, git finds these files modified. */
  readonly filterRuns: boolean;
}

/** Brings the content of HEAD, and puts it where the work tree has only pointers. The caller holds the writer lock. */
@Injectable()
export class LfsPuller {
  constructor(
    private readonly state: RepositoryState,
    private readonly fetcher: LfsFetcher,
    private readonly writer: LfsContentWriter,
    private readonly status: LfsStatusReader,
    private readonly budget: TransferBudget,
  ) {}

  /** @throws ServerError as `LfsFetcher.plan`, `LfsContentWriter.pointers` */
  async plan(repository: Repository, request: LfsPullRequest, signal: AbortSignal): Promise<LfsPullPlan> {
    this.state.requireWorkTree(repository);
    const plan = await this.fetcher.plan(repository, { ...request, revision: 'HEAD' }, signal);
    return { ...plan, pointers: await this.writer.pointers(repository, plan.files, signal) };
  }

  /** @throws ServerError as `plan`, and as `LfsFetcher.fetch` */
  async pull(
    repository: Repository,
    request: LfsPullRequest,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<LfsPulled> {
    this.state.requireWorkTree(repository);
    const fetched = await this.fetcher.fetch(repository, { ...request, revision: 'HEAD' }, progress, signal);
    const pointers = await this.writer.pointers(repository, fetched.files, signal);
    await this.budget.requireSpace(repository, bytesOf(pointers));
    const filterRuns = await this.status.filterRuns(repository, signal);
    const { placed, failed } = await this.writer.place(repository, pointers, filterRuns, signal);
    return { ...fetched, placed, failed: [...fetched.failed, ...failed], filterRuns };
  }
}
