import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli, type GitRunOptions } from '../git-cli.port.js';
import { copyIndex } from '../reads/index-copy.files.js';
import { type Repository } from '../repository.js';
import { TemporaryFolders } from '../temporary-folders.js';
import { type AddablePaths, stagingOf } from './addable-paths.service.js';

/** For reading commands: they find what was staged on trial. */
export type Trial = Pick<GitRunOptions, 'indexCopy' | 'scratch'>;

/** Stages in a copy of the index, with the new objects beside those of the repository, which gets none of either. */
@Injectable()
export class TrialIndex {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly folders: TemporaryFolders,
  ) {}

  /** @param look is given what is gone when it has ended */
  stage<T>(
    repository: Repository,
    paths: AddablePaths,
    signal: AbortSignal,
    look: (trial: Trial) => Promise<T>,
  ): Promise<T> {
    return this.folders.use('index', async (folder) => {
      const trial = { indexCopy: join(folder, 'index'), scratch: join(folder, 'objects') };
      await mkdir(trial.scratch);
      const index = join(repository.gitDir, 'index');
      // Where nothing was ever staged there is none.
      const stats = await lstat(index).catch(() => undefined);
      if (stats !== undefined) await copyIndex(index, trial.indexCopy, stats.mtimeMs);
      const command = { name: 'update-index ours', ...stagingOf(paths) };
      if (paths.changed.length > 0) {
        const result = await this.git.run(repository, command, signal, trial);
        if (result.exitCode !== 0) throw gitFailure('update-index', result);
      }
      return look(trial);
    });
  }
}
