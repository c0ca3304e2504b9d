import { Injectable } from '@nestjs/common';

import { type CommitRequest, type ResetRequest } from '../git-writes.port.js';
import { type Effect } from '../planned-change.js';
import { type Repository } from '../repository.js';
import { AddablePathFinder, fromBytes } from '../writes/addable-paths.service.js';
import { BranchWriter } from '../writes/branch.writer.js';
import { CommitWriter, type PlannedCommit } from '../writes/commit.writer.js';
import { RepositoryInitializer } from '../writes/repository.initializer.js';
import { type ResetPlan, ResetWriter } from '../writes/reset.writer.js';
import { RepositoryState } from '../writes/repository-state.service.js';

/** What changes of index and branches would do. Each method throws what the change itself would. */
@Injectable()
export class ChangePreviews {
  constructor(
    private readonly state: RepositoryState,
    private readonly commits: CommitWriter,
    private readonly addable: AddablePathFinder,
    private readonly resets: ResetWriter,
    private readonly branches: BranchWriter,
    private readonly initializer: RepositoryInitializer,
  ) {}

  /** @returns the paths that would be staged */
  async add(
    repository: Repository,
    files: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    // No filter runs to find out whether a file has changed.
    const inert = { ...repository, trust: 'untrusted' } as const;
    const paths = await this.addable.find(inert, files, signal);
    await this.addable.refuseIgnored(inert, paths, signal);
    return paths.changed.map(fromBytes);
  }

  /** @returns the repository that would be made, as an effect */
  init(path: string, initialBranch: string | undefined, bare: boolean, signal: AbortSignal): Promise<Effect> {
    return this.initializer.plan(path, initialBranch, bare, signal);
  }

  reset(repository: Repository, request: ResetRequest, signal: AbortSignal): Promise<ResetPlan> {
    return this.resets.plan(repository, request, signal);
  }

  commit(repository: Repository, request: CommitRequest, signal: AbortSignal): Promise<PlannedCommit> {
    return this.commits.plan(repository, request, signal);
  }

  createBranch(
    repository: Repository,
    name: string,
    base: string | undefined,
    signal: AbortSignal,
  ): Promise<{ name: string; sha: string }> {
    return this.branches.creatable(repository, name, base, signal);
  }

  /** @returns what HEAD holds and would hold: a branch's ref, or the id of a commit; `creates` names a branch that is new */
  async checkout(
    repository: Repository,
    wanted: string,
    signal: AbortSignal,
  ): Promise<{ from: string | null; to: string; commit: string; creates: string | null }> {
    const { target, head: to, options } = await this.branches.destination(repository, wanted, signal);
    const [{ branch, head }, commit] = await Promise.all([
      this.state.head(repository, signal),
      this.state.commit(repository, target, signal),
    ]);
    const from = branch === null ? head : `refs/heads/${branch}`;
    return { from, to, commit, creates: options.includes('--track') ? to : null };
  }
}
