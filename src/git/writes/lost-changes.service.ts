import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from './repository-state.service.js';

/** Finds the local changes that git refused to overwrite, from the trees and not from git's prose. */
@Injectable()
export class LostChanges {
  constructor(private readonly state: RepositoryState) {}

  /**
   * Call after git refused to move the work tree to `target`.
   *
   * @throws ServerError `operation_failed` with `details: {reason: 'local-changes', paths}`, if that was why
   */
  async explain(repository: Repository, target: string, signal: AbortSignal): Promise<void> {
    const [changed, dirty, untracked] = await Promise.all([
      this.diff(repository, ['HEAD', target], signal),
      this.diff(repository, ['HEAD'], signal),
      this.state.list(repository, { name: 'ls-files', options: ['--others', '-z'] }, signal),
    ]);
    const moving = new Set(changed);
    const lost = [...dirty, ...untracked].filter((path) => moving.has(path));
    if (lost.length > 0) throw localChanges(lost);
  }

  /** @throws ServerError as `explain`, for any change of a tracked file */
  async requireClean(repository: Repository, signal: AbortSignal): Promise<void> {
    const dirty = await this.diff(repository, ['HEAD'], signal);
    if (dirty.length > 0) throw localChanges(dirty);
  }

  /** @throws ServerError as `explain`, for any path that is staged: what makes a commit of its own would take it along */
  async requireNothingStaged(repository: Repository, signal: AbortSignal): Promise<void> {
    const staged = await this.state.staged(repository, signal);
    if (staged.length > 0) throw localChanges(staged);
  }

  private diff(repository: Repository, revisions: readonly string[], signal: AbortSignal) {
    const command = { name: 'diff', options: ['--name-only', '-z', '--no-renames'], revisions };
    return this.state.list(repository, command, signal);
  }
}

function localChanges(paths: readonly string[]): ServerError {
  const message = 'Local changes would be lost; commit them, or put them aside, first';
  return refused('local-changes', message, paths);
}
