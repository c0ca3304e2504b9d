import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { pathNotAllowed } from '../paths/allowed-roots.js';
import { entryKind } from '../paths/small-text-file.js';
import { refused } from '../refusal.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { type Repository } from '../repository.js';
import { SubmoduleWork } from '../submodules/submodule-work.reader.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { type Worktree, WorktreeLister } from './worktree.lister.js';

/** A linked work tree that is there, with the repository as seen from it. */
export interface LinkedWorktree extends Worktree {
  readonly repository: Repository;
}

/** Finds the work tree that a caller's path means, and says whether it may be touched. */
@Injectable()
export class WorktreeFinder {
  constructor(
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    private readonly lister: WorktreeLister,
    private readonly state: RepositoryState,
    private readonly submodules: SubmoduleWork,
  ) {}

  /**
   * A linked work tree as the repository knows it; its folder may be gone.
   *
   * @param path absolute, or relative to the work tree of the repository
   * @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason`: `unknown-worktree`,
   *   `main-worktree`
   */
  async known(repository: Repository, path: string, signal: AbortSignal): Promise<Worktree> {
    if (path === '' || path.includes('\0')) throw pathNotAllowed();
    const wanted = resolve(repository.path, path);
    // git knows them by their real paths; that of a folder which is gone has to be given so.
    const real = await realpath(wanted).catch(() => wanted);
    const worktree = (await this.lister.list(repository, signal)).find(({ path: is }) => is === real);
    if (!worktree) {
      const message = 'The repository has no work tree at that path; list them with git_worktree';
      throw refused('unknown-worktree', message);
    }
    if (!worktree.inside) throw pathNotAllowed();
    if (worktree.main) throw refused('main-worktree', 'That is the main work tree, which stays where it is');
    return worktree;
  }

  /** As `known`, and its folder is there and leads back to this repository. */
  async linked(repository: Repository, path: string, signal: AbortSignal): Promise<LinkedWorktree> {
    const worktree = await this.known(repository, path, signal);
    return { ...worktree, repository: await this.at(repository, worktree.path, signal) };
  }

  /** @throws ServerError `operation_failed` with `details.reason: 'foreign-worktree'` where it is not of this repository */
  async at(repository: Repository, path: string, signal: AbortSignal): Promise<Repository> {
    const found = await this.locator.locate(path, signal);
    const ours = found.commonDir === repository.commonDir && found.gitDir !== found.commonDir;
    if (ours && found.path === path && entryKind(join(path, '.git')) === 'file') return found;
    throw refused('foreign-worktree', 'The folder is not a linked work tree of this repository');
  }

  /** As `at`; `undefined` where it is not of this repository, or not to be looked at. */
  async own(repository: Repository, path: string, signal: AbortSignal): Promise<Repository | undefined> {
    try {
      return await this.at(repository, path, signal);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      signal.throwIfAborted();
      return undefined;
    }
  }

  /**
   * What would be lost with the work tree: paths that are changed or not tracked, those in submodules too, and submodules
   * with commits of their own.
   *
   * @returns at most what an error may name
   */
  async changes(worktree: LinkedWorktree, signal: AbortSignal): Promise<readonly string[]> {
    const options = ['--porcelain', '-z', '--untracked-files=normal', '--no-renames'];
    const entries = await this.state.list(worktree.repository, { name: 'status', options }, signal);
    const inner = await this.submodules.of(worktree.repository, signal);
    return [...new Set([...entries.map((entry) => entry.slice(3)), ...inner])];
  }

  /** @throws ServerError `operation_failed` with `details.reason`: `locked`, `current`, `dirty` (with the paths), `operation-in-progress` */
  async requireRemovable(
    repository: Repository,
    worktree: LinkedWorktree,
    force: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    if (worktree.locked !== null) {
      throw refused('locked', 'The work tree is locked; unlock it first if nobody needs it');
    }
    if (worktree.repository.gitDir === repository.gitDir) {
      throw refused('current', 'That is the work tree that repo_path names; name another one as repo_path');
    }
    if (force) return;
    this.state.requireNoOperation(worktree.repository);
    const paths = await this.changes(worktree, signal);
    if (paths.length === 0) return;
    throw refused('dirty', 'The work tree has changes that would be lost; use force', paths);
  }
}
