import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { isUnexplained } from '../cli/git-failure.js';
import { type GitCommand, type GitResult } from '../git-cli.port.js';
import { named, refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { namedPaths, nameText } from './path-lists.js';

export interface PatchRequest {
  /** Unified diff as git prints it, paths with one leading component (`a/`, `b/`). */
  readonly patch: string | Buffer;
  readonly to: 'worktree' | 'index' | 'both';
  readonly reverse: boolean;
  /** Fall back on the blobs that the patch names; leaves conflicts where they do not merge. Goes to both. */
  readonly threeWay: boolean;
}

export interface PatchedFile {
  readonly path: string;
  /** 0 for a binary file. */
  readonly additions: number;
  readonly deletions: number;
}

const COUNTS = /^(\d+|-)\t(\d+|-)\t(.*)$/s;
const REJECTED = /^error: (?:patch failed: (?<file>.*):(?<line>\d+)|(?<other>.*): [^:]+)$/gm;
const TARGETS = { worktree: [], index: ['--cached'], both: ['--index'] } as const;

/** Applies patches inside the work tree, whole or not at all. */
@Injectable()
export class PatchApplier {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
  ) {}

  /**
   * The files that `apply` would change; found out by git's own check.
   *
   * @throws ServerError `path_not_allowed` for a path outside of the work tree; `operation_failed` with
   *   `details.reason`: `no-patch`, `does-not-apply` (and `rejected: [{path, line}]`), `beyond-border`, `bare`
   */
  async plan(
    repository: Repository,
    request: PatchRequest,
    signal: AbortSignal,
  ): Promise<readonly PatchedFile[]> {
    this.state.requireWorkTree(repository);
    const stdin = Buffer.from(request.patch);
    const files = await this.files(repository, stdin, signal);
    namedPaths(
      repository,
      files.map(({ path }) => path),
    );
    // A three-way merge may succeed where the check of the patch alone does not.
    if (!request.threeWay) await this.run(repository, this.command(request, stdin, ['--check']), signal);
    return files;
  }

  /** @throws ServerError as `plan`; `merge_conflict` with `details.paths`, after a three-way merge */
  async apply(
    repository: Repository,
    request: PatchRequest,
    signal: AbortSignal,
  ): Promise<readonly PatchedFile[]> {
    const files = await this.plan(repository, request, signal);
    const command = this.command(request, Buffer.from(request.patch), []);
    const result = await this.commands.run(repository, command, signal);
    if (result.exitCode === 0) return files;
    if (request.threeWay) await this.refuseConflicts(repository, signal);
    throw this.failure(repository, result);
  }

  private command(
    { to, reverse, threeWay }: PatchRequest,
    stdin: Buffer,
    more: readonly string[],
  ): GitCommand {
    const options = [...more, ...(threeWay ? ['--3way'] : TARGETS[to]), ...(reverse ? ['--reverse'] : [])];
    return { name: 'apply', options, stdin };
  }

  private async files(repository: Repository, stdin: Buffer, signal: AbortSignal) {
    const command = { name: 'apply', options: ['--numstat', '-z'], stdin };
    const { stdout } = await this.run(repository, command, signal);
    const records = stdout.split('\0').slice(0, -1);
    return records.map((record): PatchedFile => {
      const [, additions = '', deletions = '', path = ''] = COUNTS.exec(record) ?? [];
      return { path: nameText(path), additions: Number(additions) || 0, deletions: Number(deletions) || 0 };
    });
  }

  private async run(repository: Repository, command: GitCommand, signal: AbortSignal): Promise<GitResult> {
    const result = await this.commands.run(repository, command, signal, { rawOutput: true });
    if (result.exitCode !== 0) throw this.failure(repository, result);
    return result;
  }

  private async refuseConflicts(repository: Repository, signal: AbortSignal): Promise<void> {
    const paths = await this.state.conflicts(repository, signal);
    if (paths.length === 0) return;
    const message =
      'The patch was merged with conflicts; edit the files and git_add them, or git_restore them from HEAD';
    throw new ServerError('merge_conflict', message, { details: { operation: 'apply', ...named(paths) } });
  }

  // Which hunk of which file does not fit is what the caller has to know, and git says it in prose alone.
  private failure(repository: Repository, result: GitResult): ServerError {
    const failure = this.commands.failure(repository, 'apply', result);
    if (!isUnexplained(failure)) return failure;
    if (/No valid patches in input|unrecognized input/.test(result.stderr))
      return refused('no-patch', 'The text holds no patch that git can read; give a unified diff');
    if (/invalid path/.test(result.stderr))
      return new ServerError(
        'path_not_allowed',
        "The patch leaves the work tree, or enters git's own folder",
      );
    const rejected = [...result.stderr.matchAll(REJECTED)].slice(0, 50).map(({ groups = {} }) => ({
      path: groups['file'] ?? groups['other'] ?? '',
      ...(groups['line'] !== undefined && { line: Number(groups['line']) }),
    }));
    const message =
      'The patch does not apply, and nothing was changed; make it anew from the current content';
    return refused('does-not-apply', message, { rejected });
  }
}
