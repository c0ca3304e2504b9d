import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { isUnexplained } from '../cli/git-failure.js';
import { type GitResult } from '../git-cli.port.js';
import {
  type HeadState,
  type MergeRequest,
  type MergeResult,
  type SequencerOperation,
} from '../git-writes.port.js';
import { type Repository } from '../repository.js';
import { LostChanges } from './lost-changes.service.js';
import { mergeMessage } from './merge-message.js';
import { RepositoryState } from './repository-state.service.js';
import { UNINTERRUPTED } from './uninterrupted.js';
import { WriteCommands } from './write-commands.service.js';

/** Brings the commits of one branch onto another: merge, rebase, cherry-pick. */
@Injectable()
export class IntegrationWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly lost: LostChanges,
  ) {}

  async merge(repository: Repository, request: MergeRequest, signal: AbortSignal): Promise<MergeResult> {
    this.requireIdle(repository);
    if (request.message?.trim() === '') throw emptyMessage();
    const source = await this.state.commit(repository, request.source, signal);
    const before = await this.state.head(repository, signal);
    const message =
      request.message ?? (await mergeMessage(this.state, repository, request.source, before, signal));
    const options = [
      request.noFastForward === true ? '--no-ff' : '--ff',
      '--no-edit',
      '--no-autostash',
      '--no-progress',
      '--quiet',
      `--message=${message}`,
    ];
    const result = await this.commands.run(
      repository,
      { name: 'merge', options, revisions: [source] },
      signal,
    );
    if (result.exitCode !== 0) await this.explain(repository, 'merge', source, result, signal);
    const after = await this.state.head(repository, UNINTERRUPTED);
    return { ...after, outcome: outcomeOf(before, after, source) };
  }

  async rebase(
    repository: Repository,
    onto: string,
    signal: AbortSignal,
  ): Promise<HeadState & { rewritten: number }> {
    this.requireIdle(repository);
    const upstream = await this.state.commit(repository, onto, signal);
    const before = await this.state.commit(repository, 'HEAD', signal);
    await this.lost.requireClean(repository, signal);
    const options = ['--no-autostash', '--no-autosquash', '--no-update-refs', '--no-fork-point', '--quiet'];
    const result = await this.commands.run(
      repository,
      { name: 'rebase', options, revisions: [upstream] },
      signal,
    );
    if (result.exitCode !== 0) await this.explain(repository, 'rebase', upstream, result, signal);
    const after = await this.state.head(repository, UNINTERRUPTED);
    return {
      ...after,
      rewritten: after.head === before ? 0 : await this.count(repository, upstream),
    };
  }

  async cherryPick(
    repository: Repository,
    commit: string,
    noCommit: boolean,
    signal: AbortSignal,
  ): Promise<HeadState> {
    this.requireIdle(repository);
    const picked = await this.state.commit(repository, commit, signal);
    await this.refuseMergeCommit(repository, picked, signal);
    const options = noCommit ? ['--no-commit'] : [];
    const result = await this.commands.run(
      repository,
      { name: 'cherry-pick', options, revisions: [picked] },
      signal,
    );
    if (result.exitCode !== 0) await this.explain(repository, 'cherry-pick', picked, result, signal);
    return this.state.head(repository, UNINTERRUPTED);
  }

  private requireIdle(repository: Repository): void {
    this.state.requireWorkTree(repository);
    this.state.requireNoOperation(repository);
  }

  private async explain(
    repository: Repository,
    operation: SequencerOperation,
    target: string,
    result: GitResult,
    signal: AbortSignal,
  ): Promise<never> {
    const failure = this.commands.failure(repository, operation, result);
    const isLocked = failure.code === 'repository_busy';
    if (!isLocked && !isUnexplained(failure)) throw failure;
    await this.state.requireNoConflicts(repository, operation, signal);
    if (operation === 'merge') await this.refuseUnrelated(repository, target, signal);
    if (operation === 'cherry-pick' && !isLocked) await this.undoEmptyPick(repository, signal);
    await this.giveUp(repository);
    if (isLocked) throw failure;
    await this.lost.explain(repository, target, signal);
    if (operation !== 'rebase') await this.lost.requireClean(repository, signal);
    throw failure;
  }

  // Stopped half-way, and not at a conflict: nobody could resolve anything and go on.
  private async giveUp(repository: Repository): Promise<void> {
    const left = this.state.operation(repository);
    if (left === null) return;
    await this.commands.must(repository, { name: `${left} sequencer`, options: ['--abort'] }, UNINTERRUPTED);
  }

  // git stops at a pick that changes nothing and leaves it open, for nobody to continue.
  private async undoEmptyPick(repository: Repository, signal: AbortSignal): Promise<void> {
    if (this.state.operation(repository) !== 'cherry-pick') return;
    if ((await this.state.staged(repository, signal)).length > 0) return;
    await this.commands.must(repository, { name: 'cherry-pick sequencer', options: ['--skip'] }, signal);
    const message = 'The commit changes nothing here: its changes are there already';
    throw new ServerError('operation_failed', message, { details: { reason: 'nothing-to-apply' } });
  }

  private async refuseMergeCommit(repository: Repository, sha: string, signal: AbortSignal): Promise<void> {
    if ((await this.state.sha(repository, `${sha}^2`, signal)) === null) return;
    const message =
      'The commit is a merge and has no single change to apply; pick the commits that it merged';
    throw new ServerError('operation_failed', message, { details: { reason: 'is-a-merge' } });
  }

  private async refuseUnrelated(repository: Repository, source: string, signal: AbortSignal): Promise<void> {
    const result = await this.commands.run(
      repository,
      { name: 'merge-base', revisions: ['HEAD', source] },
      signal,
    );
    if (result.exitCode !== 1) return;
    const message = 'The two histories have no common commit and are not merged';
    throw new ServerError('operation_failed', message, { details: { reason: 'unrelated-histories' } });
  }

  private async count(repository: Repository, upstream: string): Promise<number> {
    const command = { name: 'rev-list', options: ['--count'], revisions: [`${upstream}..HEAD`] };
    return Number((await this.commands.must(repository, command, UNINTERRUPTED)).stdout);
  }
}

function outcomeOf(before: HeadState, after: HeadState, source: string): MergeResult['outcome'] {
  if (after.head === before.head) return 'already-up-to-date';
  return after.head === source ? 'fast-forward' : 'merged';
}

// git would stop with the merge made and not committed.
function emptyMessage(): ServerError {
  const message = 'The message of the merge is empty; say what is merged, or leave it to git';
  return new ServerError('operation_failed', message, { details: { reason: 'empty-message' } });
}
