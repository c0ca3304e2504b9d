import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { type HeadState } from '../git-writes.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { removeStashMark, type StoppedStash } from '../writes/stash-mark.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { isBeyondBorder } from '../writes/work-tree-paths.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { byteName, onStandardInput } from './path-lists.js';
import { StashReader } from './stash.reader.js';

/** Ends a stash that was applied and stopped at conflicts, one way or the other. */
@Injectable()
export class StashEnder {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly reader: StashReader,
  ) {}

  /** The entry of a pop goes as soon as its conflicts are resolved. @throws ServerError `merge_conflict` */
  async complete(repository: Repository, signal: AbortSignal): Promise<HeadState> {
    const stash = await this.require(repository, signal);
    await this.state.requireNoConflicts(repository, 'stash', signal);
    if (stash.drop) await this.drop(repository, stash, signal);
    removeStashMark(repository);
    return this.state.head(repository, UNINTERRUPTED);
  }

  /** Index and files are what they were before the entry was applied; the entry stays. */
  async giveUp(repository: Repository, signal: AbortSignal): Promise<HeadState> {
    const { entry, tree } = await this.require(repository, signal);
    const options = ['--cached', '--name-only', '-z', '--no-renames'];
    const changed = await this.state.list(repository, { name: 'diff', options, revisions: [tree] }, signal, {
      rawOutput: true,
    });
    if (changed.length > 0) {
      const { options: paths, stdin } = onStandardInput(changed);
      const restoring = ['--quiet', '--staged', '--worktree', `--source=${tree}`, ...paths];
      await this.commands.must(repository, { name: 'restore', options: restoring, stdin }, signal);
    }
    await this.removeUntracked(repository, entry, signal);
    removeStashMark(repository);
    return this.state.head(repository, UNINTERRUPTED);
  }

  /** @throws ServerError `operation_failed` with `details.reason: 'nothing-in-progress'` */
  async require(repository: Repository, signal: AbortSignal): Promise<StoppedStash> {
    this.state.requireWorkTree(repository);
    const stash = await this.state.stoppedStash(repository, signal);
    if (stash !== undefined) return stash;
    const current = this.state.operation(repository);
    const instead = current === null ? '' : `; a ${current} is`;
    throw refused('nothing-in-progress', `No stash waits to be applied${instead}`, { current });
  }

  private async drop(repository: Repository, { entry }: StoppedStash, signal: AbortSignal): Promise<void> {
    const at = (await this.reader.list(repository, signal)).find(({ sha }) => sha === entry);
    if (at === undefined) return;
    const command = { name: 'stash drop', revisions: [`stash@{${at.index}}`] };
    await this.commands.must(repository, command, signal);
  }

  private async removeUntracked(repository: Repository, entry: string, signal: AbortSignal): Promise<void> {
    const [paths, listed] = await Promise.all([
      this.reader.untracked(repository, entry, signal),
      this.state.list(repository, { name: 'ls-files', options: ['-z', '--others'] }, signal),
    ]);
    const others = new Set(listed.map(byteName));
    for (const path of paths) {
      if (others.has(byteName(path)) && !isBeyondBorder(repository.path, path))
        rmSync(join(repository.path, path));
    }
  }
}
