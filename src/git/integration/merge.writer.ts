import { Injectable } from '@nestjs/common';

import { type HeadState, type MergeRequest, type MergeResult } from '../git-writes.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { NewSecrets } from '../secrets/new-secrets.service.js';
import { mergeMessage } from '../writes/merge-message.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { StoppedExplainer } from './stopped.explainer.js';

/** What a merge would start from. */
export interface PreparedMerge {
  readonly source: string;
  readonly before: HeadState;
  readonly outcome: MergeResult['outcome'];
}

/** Merges one commit into the current branch. */
@Injectable()
export class MergeWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly stopped: StoppedExplainer,
    private readonly secrets: NewSecrets,
  ) {}

  /**
   * What can be known before a merge, conflicts and local changes left out.
   *
   * @throws ServerError `revision_not_found`; `operation_failed` with `details.reason`: `empty-message`, `bare`,
   *   `operation-in-progress`, `conflicting-options`, `not-a-fast-forward`, `secrets-found` (in the message)
   */
  async prepare(repository: Repository, request: MergeRequest, signal: AbortSignal): Promise<PreparedMerge> {
    this.state.requireWorkTree(repository);
    this.state.requireNoOperation(repository);
    refuseContradiction(request);
    // git would stop with the merge made and not committed.
    if (request.message?.trim() === '')
      throw refused(
        'empty-message',
        'The message of the merge is empty; say what is merged, or leave it to git',
      );
    const { message, allowSecrets } = request;
    if (message !== undefined)
      await this.secrets.requireNoneIn(repository, { message }, allowSecrets, signal);
    const source = await this.state.commit(repository, request.source, signal);
    const before = await this.state.head(repository, signal);
    const outcome = await this.outcome(repository, request, before, source, signal);
    return { source, before, outcome };
  }

  /** @throws ServerError as `prepare`; `merge_conflict`; `operation_failed` with `unrelated-histories`, `local-changes` */
  async merge(repository: Repository, request: MergeRequest, signal: AbortSignal): Promise<MergeResult> {
    const { source, before, outcome } = await this.prepare(repository, request, signal);
    const message =
      request.message ?? (await mergeMessage(this.state, repository, request.source, before, signal));
    const options = [
      ...waysOf(request),
      '--no-edit',
      '--no-autostash',
      '--no-progress',
      '--quiet',
      ...(request.favor === undefined ? [] : [`--strategy-option=${request.favor}`]),
      ...(request.squash === true ? [] : [`--message=${message}`]),
    ];
    const name = request.strategy === 'ours' ? 'merge ours' : 'merge';
    const result = await this.commands.run(repository, { name, options, revisions: [source] }, signal);
    if (result.exitCode !== 0) await this.stopped.explain(repository, 'merge', source, result, signal);
    return { ...(await this.state.head(repository, UNINTERRUPTED)), outcome };
  }

  private async outcome(
    repository: Repository,
    request: MergeRequest,
    { head }: HeadState,
    source: string,
    signal: AbortSignal,
  ): Promise<MergeResult['outcome']> {
    if (head === null) return 'fast-forward';
    const isAncestor = (one: string, other: string) => this.state.isAncestor(repository, one, other, signal);
    if (await isAncestor(source, head)) return 'already-up-to-date';
    if (request.squash === true) return 'squashed';
    const forward = request.strategy !== 'ours' && (await isAncestor(head, source));
    if (forward && request.noFastForward !== true) return 'fast-forward';
    if (request.fastForwardOnly !== true) return 'merged';
    const message = 'The branch has commits that the source does not have, so it cannot be fast-forwarded';
    throw refused('not-a-fast-forward', message);
  }
}

function refuseContradiction({
  noFastForward,
  fastForwardOnly,
  squash,
  strategy,
  favor,
}: MergeRequest): void {
  const isContradiction =
    (fastForwardOnly === true && (noFastForward === true || strategy === 'ours')) ||
    (squash === true && (noFastForward === true || strategy === 'ours')) ||
    (strategy === 'ours' && favor !== undefined);
  if (!isContradiction) return;
  const message = 'The options of the merge contradict one another; leave one of them out';
  throw refused('conflicting-options', message);
}

function waysOf({ noFastForward, fastForwardOnly, squash }: MergeRequest): readonly string[] {
  if (squash === true) return ['--squash'];
  if (fastForwardOnly === true) return ['--ff-only'];
  return [noFastForward === true ? '--no-ff' : '--ff'];
}
