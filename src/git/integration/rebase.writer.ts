import { Injectable } from '@nestjs/common';

import { type HeadState, type RebaseRequest } from '../git-writes.port.js';
import { type Repository } from '../repository.js';
import { LostChanges } from '../writes/lost-changes.service.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { StoppedExplainer } from './stopped.explainer.js';

export interface PreparedRebase {
  readonly before: HeadState & { readonly head: string };
  readonly upstream: string;
  readonly onto: string;
}

/** Replays the commits of the current branch on top of another. */
@Injectable()
export class RebaseWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly lost: LostChanges,
    private readonly stopped: StoppedExplainer,
  ) {}

  /** @throws ServerError `revision_not_found`; `operation_failed` with `local-changes`, `bare`, `operation-in-progress` */
  async prepare(
    repository: Repository,
    request: Pick<RebaseRequest, 'upstream' | 'onto'>,
    signal: AbortSignal,
  ): Promise<PreparedRebase> {
    this.state.requireWorkTree(repository);
    this.state.requireNoOperation(repository);
    const upstream = await this.state.commit(repository, request.upstream, signal);
    const onto =
      request.onto === undefined ? upstream : await this.state.commit(repository, request.onto, signal);
    const head = await this.state.commit(repository, 'HEAD', signal);
    const { branch } = await this.state.head(repository, signal);
    await this.lost.requireClean(repository, signal);
    return { before: { branch, head }, upstream, onto };
  }

  /** @throws ServerError as `prepare`, and `merge_conflict` */
  async rebase(
    repository: Repository,
    request: RebaseRequest,
    signal: AbortSignal,
  ): Promise<HeadState & { rewritten: number }> {
    const { before, upstream, onto } = await this.prepare(repository, request, signal);
    const options = [
      '--no-autostash',
      // Only a rebase with a list of steps folds commits; the editor of that list changes nothing.
      ...(request.autosquash === true ? ['--interactive', '--autosquash'] : ['--no-autosquash']),
      request.updateRefs === true ? '--update-refs' : '--no-update-refs',
      '--no-fork-point',
      '--quiet',
      ...(request.favor === undefined ? [] : [`--strategy-option=${request.favor}`]),
      ...(onto === upstream ? [] : [`--onto=${onto}`]),
    ];
    const command = { name: 'rebase', options, revisions: [upstream] };
    const result = await this.commands.run(repository, command, signal);
    if (result.exitCode !== 0) await this.stopped.explain(repository, 'rebase', onto, result, signal);
    const after = await this.state.head(repository, UNINTERRUPTED);
    return { ...after, rewritten: after.head === before.head ? 0 : await this.count(repository, onto) };
  }

  private async count(repository: Repository, onto: string): Promise<number> {
    const command = { name: 'rev-list', options: ['--count'], revisions: [`${onto}..HEAD`] };
    return Number((await this.commands.must(repository, command, UNINTERRUPTED)).stdout);
  }
}
