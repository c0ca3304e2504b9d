import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli, type GitCommand } from '../git-cli.port.js';
import { type HeadState } from '../git-writes.port.js';
import { FEW_PACKED_BYTES, resolveRef } from '../libgit2/ref-files.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type Repository } from '../repository.js';
import { isPlainRepository } from './libgit2.reads.js';

const BRANCHES = 'refs/heads/';

/** Where HEAD points, mostly without a process: it is two small files. */
@Injectable()
export class HeadReader {
  constructor(@Inject(GIT_CLI) private readonly git: GitCli) {}

  /**
   * @returns `branch` is `null` when HEAD is detached, `head` before the first commit
   * @throws ServerError `operation_failed` where the repository is damaged, and what the runner of git throws
   */
  async head(repository: Repository, signal: AbortSignal): Promise<HeadState> {
    const here = headHere(repository);
    if (here) return here;
    const symbolic = { name: 'symbolic-ref', options: ['--quiet', '--short'], revisions: ['HEAD'] };
    const commit = { name: 'rev-parse', options: ['--verify', '--quiet'], revisions: ['HEAD^{commit}'] };
    const [branch, head] = await Promise.all([
      this.ask(repository, symbolic, signal),
      this.ask(repository, commit, signal),
    ]);
    return { branch, head };
  }

  private async ask(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
  ): Promise<string | null> {
    const { exitCode, stdout } = await this.git.run(repository, command, signal);
    if (exitCode === 0) return stdout.trimEnd();
    if (exitCode === 1) return null;
    const message = 'git could not read HEAD; check that the repository is not damaged';
    const details = { command: command.name, exit_code: exitCode };
    throw new ServerError('operation_failed', message, { details });
  }
}

function headHere(repository: Repository): HeadState | undefined {
  if (!isPlainRepository(repository)) return undefined;
  try {
    const { name, sha } = resolveRef(repository, 'HEAD', FEW_PACKED_BYTES);
    if (name === 'HEAD') return sha === null ? undefined : { branch: null, head: sha };
    return name.startsWith(BRANCHES) ? { branch: name.slice(BRANCHES.length), head: sha } : undefined;
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  }
}
