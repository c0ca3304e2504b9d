import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type GitResult } from '../git-cli.port.js';
import { type PickRequest, type PickResult } from '../git-writes.port.js';
import { entryKind } from '../paths/small-text-file.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { CommitLists } from './commit-list.service.js';
import { NestedPrograms } from './nested-programs.guard.js';
import { StoppedExplainer } from './stopped.explainer.js';

export type PickOperation = 'cherry-pick' | 'revert';

/** Applies what single commits changed, or takes it back. */
@Injectable()
export class PickWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly lists: CommitLists,
    private readonly nested: NestedPrograms,
    private readonly stopped: StoppedExplainer,
  ) {}

  /**
   * The commits that `pick` would take, in their order.
   *
   * @throws ServerError `revision_not_found`; `operation_failed` with `details.reason`: `is-a-merge`, `not-a-merge`,
   *   `no-such-parent`, `empty-range`, `too-many-commits`, `operation-in-progress`, `bare`; `untrusted_config`
   */
  async commits(
    repository: Repository,
    operation: PickOperation,
    { commits: revision, mainline }: PickRequest,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    this.state.requireWorkTree(repository);
    this.state.requireNoOperation(repository);
    const order = operation === 'revert' ? 'newest-first' : 'oldest-first';
    const commits = await this.lists.find(repository, revision, order, signal);
    await this.requireMainline(repository, commits, mainline, signal);
    // Where a commit changes nothing git looks into repositories within, with their own configuration.
    await this.nested.refuse(repository, signal);
    return commits;
  }

  /**
   * A commit that changes nothing here is left out.
   *
   * @throws ServerError as `commits`; `merge_conflict`; `operation_failed` with `details.reason: 'nothing-to-apply'` where
   *   none changes anything, and `local-changes`
   */
  async pick(
    repository: Repository,
    operation: PickOperation,
    request: PickRequest,
    signal: AbortSignal,
  ): Promise<PickResult> {
    const commits = await this.commits(repository, operation, request, signal);
    const options = [
      ...(request.noCommit === true ? ['--no-commit'] : []),
      ...(request.mainline === undefined ? [] : [`--mainline=${request.mainline}`]),
      ...(request.favor === undefined ? [] : [`--strategy-option=${request.favor}`]),
      ...(request.recordOrigin === true && operation === 'cherry-pick' ? ['-x'] : []),
    ];
    const before = await this.state.commit(repository, 'HEAD', signal);
    const first = await this.commands.run(
      repository,
      { name: operation, options, revisions: commits },
      signal,
    );
    if (operation === 'revert' && (await this.isEmptyRevert(repository, commits, first, signal)))
      throw nothingToApply();
    const { result, skipped } = await this.skipEmpty(repository, operation, first, signal);
    if (skipped === commits.length) throw nothingToApply();
    const last = commits.at(-1) ?? before;
    if (result.exitCode !== 0) await this.stopped.explain(repository, operation, last, result, signal);
    const head = await this.state.head(repository, UNINTERRUPTED);
    return { ...head, applied: commits.length - skipped, skipped };
  }

  /** git stops at a commit that changes nothing and leaves it open, for nobody to continue. */
  private async skipEmpty(
    repository: Repository,
    operation: PickOperation,
    first: GitResult,
    signal: AbortSignal,
  ): Promise<{ result: GitResult; skipped: number }> {
    let result = first;
    let skipped = 0;
    while (result.exitCode !== 0 && (await this.isAtEmpty(repository, operation, signal))) {
      const command = { name: `${operation} sequencer`, options: ['--skip'] };
      result = await this.commands.run(repository, command, signal);
      skipped += 1;
    }
    return { result, skipped };
  }

  private async isAtEmpty(
    repository: Repository,
    operation: PickOperation,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (this.state.operation(repository) !== operation) return false;
    return this.hasNothingToCommit(repository, signal);
  }

  private async hasNothingToCommit(repository: Repository, signal: AbortSignal): Promise<boolean> {
    if ((await this.state.conflicts(repository, signal)).length > 0) return false;
    return (await this.state.staged(repository, signal)).length === 0;
  }

  /**
   * A single revert that changes nothing leaves no operation open, only the message of the commit that was not made. It is
   * removed, as `--skip` does with that of a longer one.
   */
  private async isEmptyRevert(
    repository: Repository,
    commits: readonly string[],
    { exitCode }: GitResult,
    signal: AbortSignal,
  ): Promise<boolean> {
    const message = join(repository.gitDir, 'MERGE_MSG');
    if (exitCode !== 1 || commits.length !== 1 || entryKind(message) !== 'file') return false;
    if (this.state.operation(repository) !== null || !(await this.hasNothingToCommit(repository, signal)))
      return false;
    rmSync(message);
    return true;
  }

  private async requireMainline(
    repository: Repository,
    commits: readonly string[],
    mainline: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const command = {
      name: 'rev-list',
      options: ['--no-walk=unsorted', '--parents'],
      revisions: [...commits],
    };
    for (const line of await this.state.lines(repository, command, signal)) {
      const [commit = '', ...parents] = line.split(' ');
      if (parents.length > 1 && mainline === undefined) {
        const message =
          'A commit is a merge and has no single change: say with mainline which parent it is compared with, or name the commits that it merged';
        throw refused('is-a-merge', message, { commit });
      }
      if (mainline === undefined || commit === '') continue;
      if (parents.length < 2)
        throw refused('not-a-merge', 'mainline is for merges, and a commit is none', { commit });
      if (parents.length < mainline)
        throw refused('no-such-parent', 'The merge has fewer parents than mainline says', { commit });
    }
  }
}

function nothingToApply(): ServerError {
  const message = 'The commit changes nothing here: its changes are there already';
  return refused('nothing-to-apply', message);
}
