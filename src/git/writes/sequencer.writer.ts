import { Injectable } from '@nestjs/common';

import { type GitResult } from '../git-cli.port.js';
import { type ContinueOptions, type HeadState, type SequencerOperation } from '../git-writes.port.js';
import { NestedPrograms } from '../integration/nested-programs.guard.js';
import { type StagedChange, StagedChanges } from '../previews/staged-changes.reader.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { NewSecrets } from '../secrets/new-secrets.service.js';
import { refusePreparedPrograms } from './prepared-steps.js';
import { RepositoryState } from './repository-state.service.js';
import { UNINTERRUPTED } from './uninterrupted.js';
import { WriteCommands } from './write-commands.service.js';

/** Ends what stopped at a conflict. */
@Injectable()
export class SequencerWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly nested: NestedPrograms,
    private readonly changes: StagedChanges,
    private readonly secrets: NewSecrets,
  ) {}

  /** Back to where the operation began. */
  async abort(
    repository: Repository,
    operation: SequencerOperation,
    signal: AbortSignal,
  ): Promise<HeadState> {
    this.requireInProgress(repository, operation);
    const command = { name: `${operation} sequencer`, options: ['--abort'] };
    const result = await this.commands.run(repository, command, signal);
    // git also fails where it could not note, after all was restored, that it was.
    const isOver = result.exitCode === 0 || this.state.operation(repository) === null;
    if (!isOver) throw this.commands.failure(repository, operation, result);
    return this.state.head(repository, UNINTERRUPTED);
  }

  /**
   * @throws ServerError `merge_conflict` while paths are unresolved, or where the next commit conflicts;
   *   `untrusted_config` where going on would run programs; `operation_failed` with `details.reason: 'secrets-found'` where
   *   the resolution holds a secret that neither side has
   */
  async continue(
    repository: Repository,
    operation: SequencerOperation,
    signal: AbortSignal,
    options?: ContinueOptions,
  ): Promise<HeadState> {
    await this.continuable(repository, operation, signal, options);
    const command = { name: `${operation} sequencer`, options: ['--continue'] };
    const result = await this.commands.run(repository, command, signal);
    if (result.exitCode !== 0) await this.explain(repository, operation, result, signal);
    return this.state.head(repository, UNINTERRUPTED);
  }

  /** @returns what is staged for the commit that waits @throws ServerError as `continue`, before anything is done */
  async continuable(
    repository: Repository,
    operation: SequencerOperation,
    signal: AbortSignal,
    { allowSecrets }: ContinueOptions = {},
  ): Promise<readonly StagedChange[]> {
    this.requireInProgress(repository, operation);
    refusePreparedPrograms(repository);
    await this.state.requireNoConflicts(repository, operation, signal);
    await this.refuseNested(repository, operation, signal);
    const staged = await this.changes.list(repository, signal);
    await this.secrets.requireNoneIn(repository, { staged }, allowSecrets, signal);
    return staged;
  }

  /**
   * Leaves out the commit that the operation stopped at, with what was resolved of it, and goes on with the next.
   *
   * @throws ServerError as `continue`; `operation_failed` with `details.reason: 'nothing-to-skip'` for a merge
   */
  async skip(repository: Repository, operation: SequencerOperation, signal: AbortSignal): Promise<HeadState> {
    this.requireInProgress(repository, operation);
    if (operation === 'merge') {
      const message = 'A merge is one step, which cannot be skipped; git_abort gives it up';
      throw refused('nothing-to-skip', message);
    }
    refusePreparedPrograms(repository);
    await this.refuseNested(repository, operation, signal);
    const command = { name: `${operation} sequencer`, options: ['--skip'] };
    const result = await this.commands.run(repository, command, signal);
    if (result.exitCode !== 0) await this.explain(repository, operation, result, signal);
    return this.state.head(repository, UNINTERRUPTED);
  }

  // Where a commit changes nothing git looks into repositories within; of a rebase it drops that commit unseen.
  private async refuseNested(repository: Repository, operation: SequencerOperation, signal: AbortSignal) {
    if (operation === 'cherry-pick' || operation === 'revert') await this.nested.refuse(repository, signal);
  }

  private async explain(
    repository: Repository,
    operation: SequencerOperation,
    result: GitResult,
    signal: AbortSignal,
  ): Promise<never> {
    await this.state.requireNoConflicts(repository, operation, signal);
    await this.explainEmpty(repository, operation, signal);
    throw this.commands.failure(repository, operation, result);
  }

  /** @throws ServerError `operation_failed` with `details: {reason: 'nothing-in-progress', current}` */
  requireInProgress(repository: Repository, operation: SequencerOperation): void {
    this.state.requireWorkTree(repository);
    const current = this.state.operation(repository);
    if (current === operation) return;
    const instead = current === null ? '' : `; a ${current} is`;
    throw refused('nothing-in-progress', `No ${operation} is in progress${instead}`, { current });
  }

  private async explainEmpty(repository: Repository, operation: SequencerOperation, signal: AbortSignal) {
    if (this.state.operation(repository) !== operation) return;
    if ((await this.state.staged(repository, signal)).length > 0) return;
    const message = `After the resolution the step of the ${operation} changes nothing; leave it out with git_continue and skip, or end all with git_abort`;
    throw refused('nothing-to-apply', message);
  }
}
