import { join, resolve } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { entryKind } from '../paths/small-text-file.js';
import { refused } from '../refusal.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { type Repository } from '../repository.js';
import { type LinkedWorktree, WorktreeFinder } from '../worktrees/worktree.finder.js';
import { WorktreeLister } from '../worktrees/worktree.lister.js';

const MAX_TRIES = 20;

/** Finds the linked work trees in which a bisection is going on, and a place for a new one. */
@Injectable()
export class BisectFinder {
  constructor(
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    private readonly lister: WorktreeLister,
    private readonly finder: WorktreeFinder,
  ) {}

  /**
   * The one at the path; without one that of the repository itself, or the only one there is.
   *
   * @throws ServerError `operation_failed` with `details.reason: 'no-bisect'`, or `several-bisects` with `details.paths`
   */
  async find(repository: Repository, path: string | undefined, signal: AbortSignal): Promise<LinkedWorktree> {
    const all = await this.all(repository, signal);
    const wanted = path === undefined ? repository.path : resolve(repository.path, path);
    const found = all.find((one) => one.path === wanted);
    if (found) return found;
    const [only, another] = all;
    if (path === undefined && only !== undefined && another === undefined) return only;
    if (path === undefined && another !== undefined) {
      throw refused('several-bisects', 'Several bisections are going on; name one by path', {
        paths: all.map((one) => one.path),
      });
    }
    throw refused('no-bisect', 'No bisection is going on there; begin one with the action start');
  }

  linked(repository: Repository, path: string, signal: AbortSignal): Promise<LinkedWorktree> {
    return this.finder.linked(repository, path, signal);
  }

  /** The main work tree, from where the linked ones are made and removed. */
  async main(repository: Repository, signal: AbortSignal): Promise<Repository> {
    const [main] = await this.lister.list(repository, signal);
    return main === undefined ? repository : this.locator.locate(main.path, signal);
  }

  /**
   * A folder beside the repository that does not exist yet.
   *
   * @throws ServerError `path_not_allowed` where that would be outside of the roots
   */
  async newPlace({ path }: Repository, signal: AbortSignal): Promise<string> {
    const names = Array.from(
      { length: MAX_TRIES },
      (_, index) => `${path}-bisect${index === 0 ? '' : `-${index + 1}`}`,
    );
    const free = names.find((name) => entryKind(name) === 'absent');
    try {
      return await this.locator.locateNew(free ?? '', signal);
    } catch (error) {
      if (!(error instanceof ServerError) || error.code !== 'path_not_allowed') throw error;
      const message = 'There is no room beside the repository; name a new folder inside the roots as path';
      throw new ServerError('path_not_allowed', message, { cause: error });
    }
  }

  private async all(repository: Repository, signal: AbortSignal): Promise<readonly LinkedWorktree[]> {
    const worktrees = await this.lister.list(repository, signal);
    const linked = worktrees.filter(({ main, inside, prunable }) => !main && inside && prunable === null);
    const found = await Promise.all(
      linked.map(async (worktree) => {
        const at = await this.finder.own(repository, worktree.path, signal);
        return at === undefined ? [] : [{ ...worktree, repository: at }];
      }),
    );
    return found.flat().filter((one) => entryKind(join(one.repository.gitDir, 'BISECT_LOG')) === 'file');
  }
}
