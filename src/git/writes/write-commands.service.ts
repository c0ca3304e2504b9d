import { statfsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { scrubText } from '../../observability/log/scrub.js';
import { wait } from '../../resilience/wait.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { COMMAND_TABLE } from '../cli/command-table.js';
import { diskFull, gitFailure, heldLock, isUnexplained } from '../cli/git-failure.js';
import {
  GIT_CLI,
  type GitCli,
  type GitCommand,
  type GitResult,
  type GitRunOptions,
} from '../git-cli.port.js';
import { HeldIndex } from '../locks/held-index.js';
import { WriterMark } from '../locks/writer-mark.js';
import { type Repository } from '../repository.js';
import { CommitSigner } from './commit-signer.service.js';
import { indexLock, lockInTheWay } from './lock-files.js';
import { unfinishedOperation } from './unfinished-operation.js';

const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 100;
const MAX_OUTPUT = 2_000;
const KILLED: ReadonlySet<unknown> = new Set(['killed', 'crashed']);
/** No index of more than a few files fits into less. */
const LEAST_FREE_BYTES = 16 * 2 ** 10;

/**
 * Runs git commands that change a repository. git itself gives up at once where somebody outside holds one of its
 * lock files; here the lock is waited for, and never removed: its owner may be alive. Only what a git of ours that was
 * killed has left is removed.
 */
@Injectable()
export class WriteCommands {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly config: GitConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly mark: WriterMark,
    private readonly signer: CommitSigner,
  ) {}

  /**
   * @returns the result, whatever its exit code; that of a held lock too, where the command got so far that running
   *   it again would be another command
   * @throws ServerError `signing-failed` in `details.reason`, before anything is done; `repository_busy` with `details: {lock, ageMs}` after `git.lockTimeout`; and what GitCli throws
   */
  async run(
    repository: Repository,
    wanted: GitCommand,
    signal: AbortSignal,
    more?: GitRunOptions,
  ): Promise<GitResult> {
    const sign = await this.signer.decides(repository, wanted, signal);
    const command = sign && wanted.name === 'tag' ? signedTag(wanted) : wanted;
    const options = { ...more, sign };
    const deadline = this.clock.monotonicMs() + this.config.lockTimeout;
    const before = unfinishedOperation(repository);
    const attempt = async (): Promise<GitResult | string> => {
      const inTheWay = lockInTheWay(repository, command.name);
      if (inTheWay !== undefined) return inTheWay;
      const result = await this.runOnce(repository, command, signal, options);
      if (result === undefined) return indexLock(repository);
      const lock = heldLock(result);
      return lock === undefined || unfinishedOperation(repository) !== before ? result : lock;
    };
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      const outcome = await attempt();
      if (typeof outcome !== 'string') return outcome;
      if (this.clock.monotonicMs() + waitMs > deadline) throw this.busy(repository, outcome);
      await wait(waitMs, signal);
    }
  }

  /** @returns `undefined` where somebody else has the index locked */
  private async runOnce(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
    options?: GitRunOptions,
  ): Promise<GitResult | undefined> {
    const sinceMs = this.clock.nowMs();
    const early = COMMAND_TABLE.get(command.name)?.readsIndexUnlocked === true;
    // Where git's folder cannot be written to, git says so better.
    const held = early ? await HeldIndex.take(repository.gitDir).catch(() => null) : null;
    if (held === undefined) return undefined;
    const given = { ...options, ...(held && { heldIndex: held.path }) };
    try {
      return await this.git.run(repository, command, signal, given).finally(() => held?.release());
    } catch (error) {
      if (isKilled(error)) await this.mark.heal(repository, sinceMs);
      throw error;
    }
  }

  /** @throws ServerError what the failure means, where the exit code is not 0 */
  async must(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
    options?: GitRunOptions,
  ): Promise<GitResult> {
    const result = await this.run(repository, command, signal, options);
    if (result.exitCode !== 0) throw this.failure(repository, command.name, result);
    return result;
  }

  /** What a command that failed means, a held lock included. */
  failure(repository: Repository, command: string, result: GitResult): ServerError {
    const lock = heldLock(result);
    if (lock !== undefined) return this.busy(repository, lock);
    const failure = gitFailure(command, result);
    if (!isUnexplained(failure)) return failure;
    if (isDiskFull(repository)) return diskFull(result);
    return repository.trust === 'trusted' ? withOutput(failure, result.stderr) : failure;
  }

  private busy(repository: Repository, lock: string): ServerError {
    const path = resolve(repository.path, lock);
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    const ageMs = made === undefined ? 0 : Math.max(0, Math.round(this.clock.nowMs() - made));
    return new ServerError(
      'repository_busy',
      "Another program holds one of git's locks on the repository; try again, or end that program",
      { retryAfterMs: 1_000, details: { lock: basename(lock), ageMs } },
    );
  }
}

function signedTag(command: GitCommand): GitCommand {
  return { ...command, options: ['--sign', ...(command.options ?? [])] };
}

/** Git had no time to remove its locks. */
function isKilled(error: unknown): boolean {
  if (!(error instanceof ServerError)) return false;
  const { details } = error;
  return details !== undefined && 'reason' in details && KILLED.has(details.reason);
}

// Of a trusted repository's hooks and programs only their own words say what was wrong.
function withOutput({ code, message, details }: ServerError, stderr: string): ServerError {
  const output = scrubText(stderr.trim()).slice(-MAX_OUTPUT);
  return new ServerError(code, message, { details: { ...details, output } });
}

function isDiskFull({ path, commonDir }: Repository): boolean {
  return [path, commonDir].some((folder) => {
    try {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize < LEAST_FREE_BYTES;
    } catch {
      return false;
    }
  });
}
