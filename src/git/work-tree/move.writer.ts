import { basename, dirname, join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { entryKind } from '../paths/small-text-file.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { namedPaths } from './path-lists.js';
import { TrackedFiles } from './tracked-files.reader.js';

export interface MoveRequest {
  readonly sources: readonly string[];
  /** A new name, or an existing folder to move into. */
  readonly destination: string;
  /** Overwrite a file at the destination. */
  readonly force: boolean;
}

export interface MovedPath {
  readonly from: string;
  readonly to: string;
}

/** Moves and renames files and folders, in the work tree and the index at once. */
@Injectable()
export class MoveWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly tracked: TrackedFiles,
  ) {}

  /**
   * What `move` would do.
   *
   * @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason`: `not-tracked`, `unmerged`,
   *   `is-a-submodule`, `exists`, `no-such-folder`, `beyond-border`, `bare`
   */
  async plan(
    repository: Repository,
    request: MoveRequest,
    signal: AbortSignal,
  ): Promise<readonly MovedPath[]> {
    this.state.requireWorkTree(repository);
    const sources = namedPaths(repository, request.sources);
    const [destination = ''] = namedPaths(repository, [request.destination]);
    const files = await this.tracked.require(repository, sources, signal);
    const unmerged = [...new Set(files.filter(({ stage }) => stage > 0).map(({ path }) => path))];
    if (unmerged.length > 0) throw refused('unmerged', 'Paths are in conflict; resolve them first', unmerged);
    const moves = targets(repository, sources, destination);
    refuseTaken(repository, moves, request.force);
    return moves;
  }

  /** @throws ServerError as `plan` */
  async move(
    repository: Repository,
    request: MoveRequest,
    signal: AbortSignal,
  ): Promise<readonly MovedPath[]> {
    const moves = await this.plan(repository, request, signal);
    const [destination = ''] = namedPaths(repository, [request.destination]);
    const paths = [...moves.map(({ from }) => from), destination];
    const options = request.force ? ['--force'] : [];
    await this.commands.must(repository, { name: 'mv', options, paths }, signal);
    return moves;
  }
}

function targets(
  { path: workTree }: Repository,
  sources: readonly string[],
  destination: string,
): readonly MovedPath[] {
  const kind = destination === '.' ? 'folder' : entryKind(join(workTree, destination));
  if (kind === 'folder') {
    // Through the folder itself, too, nothing is moved into another repository.
    if (destination !== '.' && entryKind(join(workTree, destination, '.git')) !== 'absent')
      throw refused('beyond-border', 'The destination is a repository of its own', [destination]);
    return sources.map((from) => ({ from, to: join(destination, basename(from)) }));
  }
  if (sources.length > 1)
    throw refused('no-such-folder', 'Several paths are moved only into an existing folder', [destination]);
  if (entryKind(join(workTree, dirname(destination))) !== 'folder')
    throw refused('no-such-folder', 'The folder of the destination does not exist; make it first', [
      destination,
    ]);
  return sources.map((from) => ({ from, to: destination }));
}

function refuseTaken({ path: workTree }: Repository, moves: readonly MovedPath[], force: boolean): void {
  const taken = moves.filter(({ to }) => {
    const kind = entryKind(join(workTree, to));
    return kind !== 'absent' && !(force && kind === 'file');
  });
  if (taken.length > 0) {
    const message = 'There is something at the destination already; choose another, or force over a file';
    throw refused(
      'exists',
      message,
      taken.map(({ to }) => to),
    );
  }
}
