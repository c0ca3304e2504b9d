import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { type ConfigEntry, configEntries } from '../cli/config-entries.js';
import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

/** A value and the file that it stands in. */
export interface FiledEntry extends ConfigEntry {
  readonly file: string;
}

/**
 * No repository is there: what a file says is read without obeying it, even where no other command is run on its
 * repository.
 */
export const NOWHERE = '/';

/** The files of configuration that are a repository's own, includes not followed. */
export function configFiles({ commonDir, gitDir }: Repository): readonly string[] {
  return [join(commonDir, 'config'), join(gitDir, 'config.worktree')].filter(
    (path) => entryKind(path) === 'file',
  );
}

/** Reads files in the syntax of git's configuration, hostile ones too. */
@Injectable()
export class ConfigReader {
  constructor(@Inject(GIT_CLI) private readonly git: GitCli) {}

  async own(repository: Repository, signal: AbortSignal): Promise<readonly FiledEntry[]> {
    const files = await Promise.all(configFiles(repository).map((file) => this.file(file, signal)));
    return files.flat();
  }

  /** @throws ServerError `operation_failed` where git cannot read it */
  async file(file: string, signal: AbortSignal): Promise<readonly FiledEntry[]> {
    const options = ['--list', '--null', '--no-includes', `--file=${file}`];
    const limits = { maxOutputBytes: 4 * 2 ** 20 };
    const result = await this.git.runIn(NOWHERE, { name: 'config', options }, signal, limits);
    if (result.exitCode !== 0) throw gitFailure('config', result);
    return configEntries(result.stdout).map((entry) => ({ ...entry, file }));
  }
}
