import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { type AddablePaths, AddablePathFinder, stagingOf } from './addable-paths.service.js';
import { RepositoryState } from './repository-state.service.js';
import { isCovered } from './work-tree-paths.js';
import { WriteCommands } from './write-commands.service.js';

/** What is staged. */
@Injectable()
export class IndexWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly addable: AddablePathFinder,
  ) {}

  /**
   * Does what `git add --all` does, in its two steps: git add itself would run `git status` inside each nested
   * repository, and with it the filters that its own configuration names.
   *
   * @returns the staged paths that the files cover
   */
  async add(
    repository: Repository,
    files: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const paths = await this.addable.find(repository, files, signal);
    await this.stage(repository, paths, signal);
    await this.addable.refuseIgnored(repository, paths, signal);
    return (await this.state.staged(repository, signal)).filter((path) => isCovered(path, paths.asked));
  }

  async stage(repository: Repository, paths: AddablePaths, signal: AbortSignal): Promise<void> {
    if (paths.changed.length === 0) return;
    await this.commands.must(repository, { name: 'update-index', ...stagingOf(paths) }, signal);
  }
}
