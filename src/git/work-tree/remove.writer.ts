import { Injectable } from '@nestjs/common';

import { type GitResult } from '../git-cli.port.js';
import { isUnexplained } from '../cli/git-failure.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { byteName, type ByteName, namedPaths, nameText, onStandardInput } from './path-lists.js';
import { TrackedFiles } from './tracked-files.reader.js';

export interface RemoveRequest {
  readonly paths: readonly string[];
  /** Only from the index; the files stay. */
  readonly cached: boolean;
  readonly recursive: boolean;
  /** Also what differs from HEAD, or in the work tree from the index. */
  readonly force: boolean;
}

/** Removes files from the index, and from the work tree. */
@Injectable()
export class RemoveWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly tracked: TrackedFiles,
  ) {}

  /**
   * The files that `remove` would remove.
   *
   * @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason`: `not-tracked`, `is-a-folder`,
   *   `is-a-submodule`, `local-changes`, `beyond-border`, `bare`
   */
  async plan(
    repository: Repository,
    request: RemoveRequest,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    return (await this.prepare(repository, request, signal)).map(nameText);
  }

  /** @throws ServerError as `plan` */
  async remove(
    repository: Repository,
    request: RemoveRequest,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const names = await this.prepare(repository, request, signal);
    const { options, stdin } = onStandardInput(names);
    const command = {
      name: 'rm',
      options: [
        '--quiet',
        ...(request.cached ? ['--cached'] : []),
        ...(request.force ? ['--force'] : []),
        ...options,
      ],
      stdin,
    };
    const result = await this.commands.run(repository, command, signal);
    if (result.exitCode !== 0) this.fail(repository, result);
    return names.map(nameText);
  }

  private async prepare(
    repository: Repository,
    request: RemoveRequest,
    signal: AbortSignal,
  ): Promise<readonly ByteName[]> {
    this.state.requireWorkTree(repository);
    const paths = namedPaths(repository, request.paths);
    const files = await this.tracked.require(repository, paths, signal);
    const names = [...new Set(files.map(({ path }) => path))];
    if (!request.recursive) refuseFolders(paths, names);
    if (!request.force) await this.refuseChanged(repository, paths, request.cached, signal);
    return names;
  }

  // As git rm has it: gone for good is only what a commit has, or with `cached` what the work tree keeps.
  private async refuseChanged(
    repository: Repository,
    paths: readonly string[],
    cached: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const names = ['--name-only', '-z', '--no-renames'];
    const hasCommit = (await this.state.sha(repository, 'HEAD', signal)) !== null;
    const [staged, changed] = await Promise.all([
      hasCommit
        ? this.state.list(repository, { name: 'diff', options: [...names, '--cached'], paths }, signal)
        : this.state.list(repository, { name: 'ls-files', options: ['-z'], paths }, signal),
      // A file that is gone already is not lost.
      this.state.list(
        repository,
        { name: 'diff', options: [...names, '--diff-filter=d', '--ignore-submodules=all'], paths },
        signal,
      ),
    ]);
    const unmerged = new Set(await this.state.conflicts(repository, signal));
    const inBoth = new Set(staged);
    const lost = (
      cached ? changed.filter((path) => inBoth.has(path)) : [...new Set([...staged, ...changed])]
    ).filter((path) => !unmerged.has(path));
    if (lost.length === 0) return;
    throw refused('local-changes', 'Files hold changes that no commit has; commit them, or use force', lost);
  }

  private fail(repository: Repository, result: GitResult): never {
    const failure = this.commands.failure(repository, 'rm', result);
    if (!isUnexplained(failure)) throw failure;
    throw refused('changed-meanwhile', 'git refused to remove the files; look at git_status and try again');
  }
}

function refuseFolders(paths: readonly string[], names: readonly ByteName[]): void {
  const files = new Set(names);
  const folders = paths.filter((path) => !files.has(byteName(path)));
  if (folders.length === 0) return;
  throw refused('is-a-folder', 'Paths are folders; set recursive to remove all that they hold', folders);
}
