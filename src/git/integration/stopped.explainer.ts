import { Injectable } from '@nestjs/common';

import { isUnexplained } from '../cli/git-failure.js';
import { type GitResult } from '../git-cli.port.js';
import { type SequencerOperation } from '../git-writes.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { LostChanges } from '../writes/lost-changes.service.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { WriteCommands } from '../writes/write-commands.service.js';

/** Finds out why an operation did not come to its end, and leaves it open only where it stopped at conflicts. */
@Injectable()
export class StoppedExplainer {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly lost: LostChanges,
  ) {}

  /** @param target what the operation was about to bring in */
  async explain(
    repository: Repository,
    operation: SequencerOperation,
    target: string,
    result: GitResult,
    signal: AbortSignal,
  ): Promise<never> {
    const failure = this.commands.failure(repository, operation, result);
    const isLocked = failure.code === 'repository_busy';
    if (!isLocked && !isUnexplained(failure)) {
      await this.giveUp(repository);
      throw failure;
    }
    await this.state.requireNoConflicts(repository, operation, signal);
    if (operation === 'merge') await this.refuseUnrelated(repository, target, signal);
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

  private async refuseUnrelated(repository: Repository, source: string, signal: AbortSignal): Promise<void> {
    const command = { name: 'merge-base', revisions: ['HEAD', source] };
    if ((await this.commands.run(repository, command, signal)).exitCode !== 1) return;
    const message = 'The two histories have no common commit and are not merged';
    throw refused('unrelated-histories', message);
  }
}
