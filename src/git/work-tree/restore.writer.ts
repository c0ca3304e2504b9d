import { Injectable } from '@nestjs/common';

import { EMPTY_TREE } from '../empty-tree.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { isCovered } from '../writes/work-tree-paths.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { byteName, type ByteName, namedPaths, nameText, onStandardInput } from './path-lists.js';

export interface RestoreRequest {
  readonly paths: readonly string[];
  /** Where the content comes from; the index for the work tree alone, HEAD otherwise. */
  readonly source?: string;
  readonly staged: boolean;
  readonly worktree: boolean;
}

export interface RestoredPaths {
  /** Files whose entry in the index changes. */
  readonly staged: readonly string[];
  /** Files of the work tree that change, also those that are made or removed. */
  readonly worktree: readonly string[];
}

interface Prepared extends RestoredPaths {
  readonly paths: readonly string[];
  readonly source: string | null;
}

const NAMES = ['--name-only', '-z', '--no-renames'];

/** Gives files back the content that the index or a commit has of them. */
@Injectable()
export class RestoreWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
  ) {}

  /**
   * What `restore` would change.
   *
   * @throws ServerError `path_not_allowed`, `revision_not_found`; `operation_failed` with `details.reason`:
   *   `no-such-file`, `unmerged`, `beyond-border`, `bare`
   */
  async plan(repository: Repository, request: RestoreRequest, signal: AbortSignal): Promise<RestoredPaths> {
    const { staged, worktree } = await this.prepare(repository, request, signal);
    return { staged, worktree };
  }

  /** @throws ServerError as `plan` */
  async restore(
    repository: Repository,
    request: RestoreRequest,
    signal: AbortSignal,
  ): Promise<RestoredPaths> {
    const { paths, source, staged, worktree } = await this.prepare(repository, request, signal);
    if (staged.length === 0 && worktree.length === 0) return { staged, worktree };
    const { options, stdin } = onStandardInput(paths.map(byteName));
    const command = {
      name: 'restore',
      options: [
        '--quiet',
        ...(request.staged ? ['--staged'] : []),
        ...(request.worktree ? ['--worktree'] : []),
        ...(source === null ? [] : [`--source=${source}`]),
        ...options,
      ],
      stdin,
    };
    await this.commands.must(repository, command, signal);
    return { staged, worktree };
  }

  private async prepare(repository: Repository, request: RestoreRequest, signal: AbortSignal) {
    this.state.requireWorkTree(repository);
    if (!request.staged && !request.worktree)
      throw refused('nothing-given', 'Neither the index nor the work tree was chosen; choose one or both');
    const paths = namedPaths(repository, request.paths);
    const source = await this.source(repository, request, signal);
    if (source === null) await this.refuseUnmerged(repository, paths, signal);
    const [staged, worktree] = await Promise.all([
      request.staged ? this.differing(repository, source, ['--cached'], paths, signal) : [],
      // What a nested repository has checked out is not this work tree's to restore.
      request.worktree ? this.differing(repository, source, ['--ignore-submodules=all'], paths, signal) : [],
    ]);
    await this.refuseUnknown(repository, paths, source, [...staged, ...worktree], signal);
    return { paths, source, staged: staged.map(nameText), worktree: worktree.map(nameText) } as Prepared;
  }

  /** @returns `null` for the index */
  private async source(
    repository: Repository,
    { source, staged }: RestoreRequest,
    signal: AbortSignal,
  ): Promise<string | null> {
    if (source !== undefined) return this.state.commit(repository, source, signal);
    if (!staged) return null;
    return (await this.state.sha(repository, 'HEAD', signal)) ?? EMPTY_TREE[repository.objectFormat];
  }

  private differing(
    repository: Repository,
    source: string | null,
    options: readonly string[],
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly ByteName[]> {
    const revisions = source === null ? [] : [source];
    const command = { name: 'diff', options: [...NAMES, ...options], revisions, paths };
    return this.state.list(repository, command, signal, { rawOutput: true });
  }

  private async refuseUnmerged(repository: Repository, paths: readonly string[], signal: AbortSignal) {
    const unmerged = (await this.state.conflicts(repository, signal)).filter((path) =>
      isCovered(path, paths),
    );
    if (unmerged.length === 0) return;
    const message = 'Paths are in conflict; resolve them, or name the source to take them from';
    throw refused('unmerged', message, unmerged);
  }

  private async refuseUnknown(
    repository: Repository,
    paths: readonly string[],
    source: string | null,
    changed: readonly ByteName[],
    signal: AbortSignal,
  ): Promise<void> {
    const asked = paths.filter((path) => !changed.some((name) => isCovered(name, [byteName(path)])));
    if (asked.length === 0) return;
    const command = { name: 'ls-files', options: ['-z'], paths: asked };
    const tree = { name: 'ls-tree', options: ['-r', '-z', '--name-only', '--full-tree'], paths: asked };
    const known = [
      ...(await this.state.list(repository, command, signal)),
      ...(source === null ? [] : await this.state.list(repository, { ...tree, revisions: [source] }, signal)),
    ];
    const unknown = asked.filter((path) => path !== '.' && !known.some((name) => isCovered(name, [path])));
    if (unknown.length === 0) return;
    throw refused('no-such-file', 'There is nothing to restore at these paths; see git_status', unknown);
  }
}
