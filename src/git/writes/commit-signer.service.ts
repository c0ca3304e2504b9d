import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { EMPTY_TREE } from '../empty-tree.js';
import { GitConfig } from '../../config/sections/index.js';
import { ServerError } from '../../shared/errors/index.js';
import { COMMAND_TABLE } from '../cli/command-table.js';
import { GIT_CLI, type GitCli, type GitCommand } from '../git-cli.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { TemporaryFolders } from '../temporary-folders.js';

const GOES_ON = new Set(['--continue', '--skip']);
const GIVES_UP = new Set(['--abort', '--quit', '--delete']);

/**
 * Decides whether a command signs. That a signature can be made is tried beforehand, with a commit that nobody keeps:
 * git finds out when all else is done, and leaves a merge or rebase half-finished.
 */
@Injectable()
export class CommitSigner {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly config: GitConfig,
    private readonly folders: TemporaryFolders,
  ) {}

  /** @throws ServerError `operation_failed` with `details.reason: 'signing-failed'` where signatures are required */
  async decides(repository: Repository, command: GitCommand, signal: AbortSignal): Promise<boolean> {
    const { policy } = this.config.signing;
    if (policy === 'off' || !mayMakeObjects(command)) return false;
    if (policy === 'require' && goesOnUnsigned(repository, command)) throw begunUnsigned();
    if (await this.canSign(repository, signal)) return true;
    if (policy === 'prefer') return false;
    const message =
      'Signatures are required and none can be made, so nothing was done; the operator has to repair git.signing';
    throw refused('signing-failed', message);
  }

  private canSign(repository: Repository, signal: AbortSignal): Promise<boolean> {
    return this.folders.use('objects', async (scratch) => {
      const options = ['-S'];
      const revisions = [EMPTY_TREE[repository.objectFormat]];
      const trial = { name: 'commit-tree', options, revisions, stdin: 'trial' };
      return (await this.git.run(repository, trial, signal, { scratch, sign: true })).exitCode === 0;
    });
  }
}

/** A rebase keeps in its own files whether it signs, and heeds no setting when it goes on. */
function goesOnUnsigned({ gitDir }: Repository, { name, options = [] }: GitCommand): boolean {
  if (name !== 'rebase sequencer' || !options.some((option) => GOES_ON.has(option))) return false;
  return !['rebase-merge', 'rebase-apply'].some((folder) => existsSync(join(gitDir, folder, 'gpg_sign_opt')));
}

function begunUnsigned(): ServerError {
  const message =
    'Signatures are required and this rebase was begun without; end it with git_abort and begin it with git_rebase';
  return refused('signing-failed', message);
}

/** A tag that is not annotated is no object. */
function mayMakeObjects({ name, options = [] }: GitCommand): boolean {
  if (COMMAND_TABLE.get(name)?.signs !== true || options.some((option) => GIVES_UP.has(option))) return false;
  return name !== 'tag' || options.includes('--annotate');
}
