import { Inject, Injectable } from '@nestjs/common';

import { type GitCommand } from '../git-cli.port.js';
import { type Effect, planned, type PlannedChange } from '../planned-change.js';
import { isWithin } from '../paths/allowed-roots.js';
import { entryKind } from '../paths/small-text-file.js';
import { refused } from '../refusal.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { type Repository } from '../repository.js';
import { requireBranchName } from '../writes/ref-name.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { WorktreeFolderWriter } from './worktree-folder.writer.js';
import { type LinkedWorktree, WorktreeFinder } from './worktree.finder.js';

export interface NewWorktree {
  /** Does not exist yet, or is an empty folder; its parent exists, inside the roots. */
  readonly path: string;
  /** An existing branch that no work tree has checked out. */
  readonly branch?: string;
  /** A branch to make, from `base`. */
  readonly newBranch?: string;
  /** Checked out detached where no branch is named; HEAD if absent. */
  readonly base?: string;
  readonly checkout?: boolean;
  /** Locks it from the beginning, for this reason. */
  readonly lock?: string;
}

interface Place {
  readonly target: string;
  readonly sha: string;
}

/** Makes, moves and removes linked work trees, inside the roots only. */
@Injectable()
export class WorktreeWriter {
  constructor(
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly finder: WorktreeFinder,
    private readonly folders: WorktreeFolderWriter,
  ) {}

  /**
   * @throws ServerError `path_not_allowed`, `revision_not_found`; `operation_failed` with `details.reason`:
   *   `not-empty`, `invalid-name`, `branch-exists`, `checked-out`
   */
  async add(repository: Repository, request: NewWorktree, signal: AbortSignal): Promise<PlannedChange> {
    const place = await this.place(repository, request, signal);
    const { newBranch } = request;
    const branch = { action: 'create', subject: `refs/heads/${newBranch}`, from: null, to: place.sha };
    const added = { action: 'add worktree', subject: place.target, from: null, to: place.sha };
    return planned(newBranch === undefined ? [added] : [branch, added], (aborted) =>
      this.make(repository, request, place, aborted),
    );
  }

  /** @throws ServerError as `WorktreeFinder.linked` and `requireRemovable` */
  async remove(
    repository: Repository,
    path: string,
    force: boolean,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const worktree = await this.finder.linked(repository, path, signal);
    await this.finder.requireRemovable(repository, worktree, force, signal);
    const effect = { action: 'remove worktree', subject: worktree.path, from: worktree.head, to: null };
    return planned([effect], (aborted) => this.discard(repository, worktree, aborted));
  }

  /** Without asking whether it may go. */
  discard(repository: Repository, worktree: LinkedWorktree, signal: AbortSignal): Promise<void> {
    // Forced in any case: what git looks at before, has been looked at without running anything of submodules.
    return this.folders.remove(repository, foldersOf(worktree), ['--force'], signal);
  }

  async move(repository: Repository, path: string, to: string, signal: AbortSignal): Promise<PlannedChange> {
    const worktree = await this.finder.linked(repository, path, signal);
    if (worktree.locked !== null) throw refused('locked', 'The work tree is locked; unlock it first');
    const target = await this.locator.locateNew(to, signal);
    // git would move it into a folder that exists.
    if (entryKind(target) !== 'absent') throw refused('not-empty', 'The path exists; give one that does not');
    if (isWithin(target, worktree.path)) {
      throw refused('inside-itself', 'The path is in the work tree itself; give one beside it');
    }
    const effect = { action: 'move worktree', subject: worktree.path, from: worktree.path, to: target };
    return planned([effect], (aborted) =>
      this.folders.move(repository, foldersOf(worktree), target, aborted),
    );
  }

  /** Keeps it from being pruned, moved and removed. */
  async lock(
    repository: Repository,
    path: string,
    reason: string,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const worktree = await this.finder.known(repository, path, signal);
    if (worktree.locked !== null) throw refused('locked', 'The work tree is locked already');
    const options = reason === '' ? [] : [`--reason=${reason}`];
    const effect = { action: 'lock worktree', subject: worktree.path, from: null, to: reason };
    return this.planned(repository, effect, { name: 'worktree lock', options, revisions: [worktree.path] });
  }

  async unlock(repository: Repository, path: string, signal: AbortSignal): Promise<PlannedChange> {
    const worktree = await this.finder.known(repository, path, signal);
    if (worktree.locked === null) throw refused('not-locked', 'The work tree is not locked');
    const effect = { action: 'unlock worktree', subject: worktree.path, from: worktree.locked, to: null };
    return this.planned(repository, effect, { name: 'worktree unlock', revisions: [worktree.path] });
  }

  private planned(repository: Repository, effect: Effect, command: GitCommand): PlannedChange {
    return planned([effect], (aborted) => this.commands.must(repository, command, aborted));
  }

  private async make(
    repository: Repository,
    { branch, newBranch, checkout = true, lock }: NewWorktree,
    { target, sha }: Place,
    signal: AbortSignal,
  ): Promise<void> {
    if (newBranch !== undefined) {
      const command = { name: 'branch', options: ['--no-track', '--quiet'], revisions: [newBranch, sha] };
      await this.commands.must(repository, command, signal);
    }
    const name = newBranch ?? branch;
    const options = [
      '--quiet',
      ...(checkout ? [] : ['--no-checkout']),
      ...(name === undefined ? ['--detach'] : ['--no-guess-remote']),
      ...(lock === undefined ? [] : ['--lock', ...(lock === '' ? [] : [`--reason=${lock}`])]),
    ];
    try {
      const command = { name: 'worktree add', options, revisions: [target, name ?? sha] };
      await this.commands.must(repository, command, signal);
    } catch (error) {
      if (newBranch !== undefined) await this.forget(repository, newBranch);
      throw error;
    }
  }

  private async place(
    repository: Repository,
    { path, branch, newBranch, base }: NewWorktree,
    signal: AbortSignal,
  ): Promise<Place> {
    const target = await this.locator.locateNew(path, signal);
    if (newBranch !== undefined) {
      requireBranchName(newBranch);
      const ref = `refs/heads/${newBranch}`;
      if (await this.state.refExists(repository, ref, signal)) {
        throw refused('branch-exists', 'A branch of that name exists already; choose another name');
      }
    } else if (branch !== undefined) {
      return { target, sha: await this.freeBranch(repository, branch, signal) };
    }
    return { target, sha: await this.state.commit(repository, base ?? 'HEAD', signal) };
  }

  private async freeBranch(repository: Repository, branch: string, signal: AbortSignal): Promise<string> {
    requireBranchName(branch);
    const ref = `refs/heads/${branch}`;
    const sha = await this.state.commit(repository, ref, signal);
    await this.state.requireNotCheckedOut(repository, ref, signal);
    return sha;
  }

  private async forget(repository: Repository, branch: string): Promise<void> {
    const command = { name: 'branch', options: ['--delete', '--force', '--quiet'], revisions: [branch] };
    await this.commands.run(repository, command, UNINTERRUPTED);
  }
}

function foldersOf({ path, repository: { gitDir } }: LinkedWorktree) {
  return { path, gitDir };
}
