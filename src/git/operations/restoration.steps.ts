import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { AdminFilesRestorer } from './admin-files.restorer.js';
import { type Delta } from './delta.js';
import { LinkedWorkTreeGuard } from './linked-work-tree.guard.js';
import { LinkedWorkTreeWriter } from './linked-work-tree.writer.js';
import { OperationRestorer } from './operation.restorer.js';
import { type Side } from './restoration.folder.js';
import { type Change, startingAt } from './snapshot.js';
import { SubmoduleRestorer } from './submodule.restorer.js';
import { type Contents } from './work-tree.reader.js';

/** Takes all that a change consists of to its other side: the repository, its linked work trees and its submodules. */
@Injectable()
export class RestorationSteps {
  constructor(
    private readonly restorer: OperationRestorer,
    private readonly guard: LinkedWorkTreeGuard,
    private readonly linked: LinkedWorkTreeWriter,
    private readonly submodules: SubmoduleRestorer,
    private readonly adminFiles: AdminFilesRestorer,
  ) {}

  /** @throws ServerError as those that take the steps, where something is not at `from` any more */
  async check(repository: Repository, delta: Delta, signal: AbortSignal): Promise<void> {
    await this.restorer.check(repository, delta, signal);
    await this.guard.check(repository, delta, signal);
    await this.adminFiles.check(repository, delta.adminFiles, signal);
    await this.submodules.check(repository, delta, signal);
  }

  /** As `OperationRestorer.fromNow`, of all of it. */
  async fromNow(
    repository: Repository,
    wanted: Delta,
    signal: AbortSignal,
  ): Promise<{ delta: Delta; contents: Contents }> {
    const { delta, contents } = await this.restorer.fromNow(repository, wanted, signal);
    const worktrees = await this.guard.now(repository, wanted.worktrees, signal);
    const submodules = await this.submodules.now(repository, wanted, signal);
    const now = this.adminFiles.now(repository, wanted.adminFiles);
    const adminFiles = startingAt(wanted.adminFiles, now);
    return { delta: { ...delta, worktrees, submodules, adminFiles }, contents };
  }

  /** As `OperationRestorer.prepare`. */
  prepare(repository: Repository, delta: Delta, signal: AbortSignal): Promise<readonly Change[]> {
    return this.restorer.prepare(repository, delta, signal);
  }

  /** Gives up a change that was cut off. */
  abandon(repository: Repository, { worktrees }: Delta): void {
    this.linked.release(repository, worktrees);
  }

  /** A branch goes after the work tree that has it, and comes before it; an entry of the index so with its submodule. */
  async apply(repository: Repository, delta: Delta, side: Side): Promise<void> {
    this.submodules.emptyAll(repository, delta);
    this.adminFiles.apply(repository, delta.adminFiles);
    await this.linked.removeAll(repository, delta.worktrees, UNINTERRUPTED);
    await this.restorer.apply(repository, delta, side, UNINTERRUPTED);
    await this.linked.addAll(repository, delta.worktrees, UNINTERRUPTED);
    await this.submodules.checkOutAll(repository, delta, UNINTERRUPTED);
  }
}
