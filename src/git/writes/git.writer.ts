import { Injectable } from '@nestjs/common';

import {
  type CommitRequest,
  type ContinueOptions,
  type GitWrites,
  type HeadState,
  type MergeRequest,
  type MergeResult,
  type PickRequest,
  type PickResult,
  type RebaseRequest,
  type ResetRequest,
  type ResetResult,
  type SequencerOperation,
} from '../git-writes.port.js';
import { type Repository } from '../repository.js';
import { BranchWriter } from './branch.writer.js';
import { CommitWriter } from './commit.writer.js';
import { IndexWriter } from './index.writer.js';
import { IntegrationWriter } from '../integration/integration.writer.js';
import { RepositoryInitializer } from './repository.initializer.js';
import { ResetWriter } from './reset.writer.js';
import { SequencerWriter } from './sequencer.writer.js';

/** All changes to a repository by the git CLI: libgit2 knows neither filters nor every merge strategy of git. */
@Injectable()
export class GitWriter implements GitWrites {
  constructor(
    private readonly index: IndexWriter,
    private readonly commits: CommitWriter,
    private readonly resets: ResetWriter,
    private readonly branches: BranchWriter,
    private readonly integration: IntegrationWriter,
    private readonly sequencer: SequencerWriter,
    private readonly initializer: RepositoryInitializer,
  ) {}

  add(repository: Repository, files: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    return this.index.add(repository, files, signal);
  }

  commit(repository: Repository, request: CommitRequest, signal: AbortSignal) {
    return this.commits.commit(repository, request, signal);
  }

  reset(repository: Repository, request: ResetRequest, signal: AbortSignal): Promise<ResetResult> {
    return this.resets.reset(repository, request, signal);
  }

  createBranch(repository: Repository, name: string, base: string | undefined, signal: AbortSignal) {
    return this.branches.create(repository, name, base, signal);
  }

  checkout(repository: Repository, branch: string, signal: AbortSignal): Promise<HeadState> {
    return this.branches.checkout(repository, branch, signal);
  }

  merge(repository: Repository, request: MergeRequest, signal: AbortSignal): Promise<MergeResult> {
    return this.integration.merge(repository, request, signal);
  }

  rebase(repository: Repository, request: RebaseRequest, signal: AbortSignal) {
    return this.integration.rebase(repository, request, signal);
  }

  cherryPick(repository: Repository, request: PickRequest, signal: AbortSignal): Promise<PickResult> {
    return this.integration.pick(repository, 'cherry-pick', request, signal);
  }

  revert(repository: Repository, request: PickRequest, signal: AbortSignal): Promise<PickResult> {
    return this.integration.pick(repository, 'revert', request, signal);
  }

  abort(repository: Repository, operation: SequencerOperation, signal: AbortSignal): Promise<HeadState> {
    return this.sequencer.abort(repository, operation, signal);
  }

  continue(
    repository: Repository,
    operation: SequencerOperation,
    signal: AbortSignal,
    options?: ContinueOptions,
  ): Promise<HeadState> {
    return this.sequencer.continue(repository, operation, signal, options);
  }

  skip(repository: Repository, operation: SequencerOperation, signal: AbortSignal): Promise<HeadState> {
    return this.sequencer.skip(repository, operation, signal);
  }

  init(
    path: string,
    initialBranch: string | undefined,
    bare: boolean,
    signal: AbortSignal,
  ): Promise<Repository> {
    return this.initializer.init(path, initialBranch, bare, signal);
  }
}
