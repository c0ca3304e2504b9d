import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { AddablePathFinder } from './addable-paths.service.js';
import { RepositoryState } from './repository-state.service.js';
import { isCovered } from './work-tree-paths.js';
import { WriteCommands } from './write-commands.service.js';

const STAGE = ['--add', '--remove', '--replace', '-z', '--stdin'];

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
    // A name need not be UTF-8, and goes back to git as it came.
    const stdin = Buffer.from(paths.changed.join('\0'), 'latin1');
    const staging = { name: 'update-index', options: STAGE, stdin };
    if (stdin.length > 0) await this.commands.must(repository, staging, signal);
    await this.addable.refuseIgnored(repository, paths, signal);
    return (await this.state.staged(repository, signal)).filter((path) => isCovered(path, paths.asked));
  }
}
