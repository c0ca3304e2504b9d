import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli, type GitCommand, type GitRunOptions } from '../git-cli.port.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Effect } from '../planned-change.js';
import { type Repository } from '../repository.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { requireBranchName } from './ref-name.js';

/** Makes repositories where there were none, and leaves nothing behind where that fails. */
@Injectable()
export class RepositoryInitializer {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
  ) {}

  /** What `init` would make. @throws ServerError as it */
  async plan(path: string, initialBranch = 'main', bare: boolean, signal: AbortSignal): Promise<Effect> {
    requireBranchName(initialBranch);
    const subject = await this.locator.locateNew(path, signal);
    const to = `${bare ? 'bare, ' : ''}on ${initialBranch}`;
    return { action: 'create', subject, from: null, to };
  }

  async init(path: string, initialBranch = 'main', bare: boolean, signal: AbortSignal): Promise<Repository> {
    requireBranchName(initialBranch);
    const target = await this.locator.locateNew(path, signal);
    const options = [
      '--quiet',
      '--template=',
      `--initial-branch=${initialBranch}`,
      ...(bare ? ['--bare'] : []),
    ];
    return this.make(target, { name: 'init', options, revisions: [target] }, signal);
  }

  /** @param target as `locateNew` gave it */
  async make(
    target: string,
    command: GitCommand,
    signal: AbortSignal,
    options?: GitRunOptions,
  ): Promise<Repository> {
    const existed = entryKind(target) === 'folder';
    try {
      const result = await this.git.runIn(dirname(target), command, signal, options);
      if (result.exitCode !== 0) throw gitFailure(command.name, result);
      return await this.locator.locate(target, signal);
    } catch (error) {
      clear(target, existed);
      throw error;
    }
  }
}

/** The folder was absent or empty, so all that is in it is ours. What cannot be cleared is no news: the cause is. */
function clear(target: string, existed: boolean): void {
  if (entryKind(target) === 'absent') return;
  try {
    const ours = existed ? readdirSync(target).map((name) => join(target, name)) : [target];
    for (const path of ours) rmSync(path, { recursive: true, force: true });
  } catch {
    // A disk that is full or read-only.
  }
}
