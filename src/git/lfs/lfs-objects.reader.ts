import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { byteName } from '../work-tree/path-lists.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { type LfsFile, LfsFilesReader } from './lfs-files.reader.js';

export interface ObjectWalk {
  /** Of `rev-list`, beside those that name objects. */
  readonly options: readonly string[];
  readonly revisions?: readonly string[];
}

/** Which pointers many commits hold. */
@Injectable()
export class LfsObjects {
  constructor(
    private readonly state: RepositoryState,
    private readonly reader: LfsFilesReader,
  ) {}

  /**
   * @returns a file for each blob that is a pointer; what a partial clone does not have is none
   * @throws ServerError `operation_failed` with `details.reason: 'too-many-entries'`
   */
  async files(repository: Repository, walk: ObjectWalk, signal: AbortSignal): Promise<readonly LfsFile[]> {
    const options = ['--objects', '--missing=allow-any', ...walk.options];
    const command = { name: 'rev-list', ...walk, options };
    const lines = await this.state.lines(repository, command, signal);
    // Commits have no path.
    const named = lines.flatMap((line) => {
      const at = line.indexOf(' ');
      return at < 0 ? [] : [{ id: line.slice(0, at), path: line.slice(at + 1) }];
    });
    const ids = named.map(({ id }) => id);
    const { pointers } = await this.reader.pointers(repository, ids, signal);
    return named.flatMap(({ id, path }) => {
      const pointer = pointers.get(id);
      return pointer ? [{ path: byteName(path), pointer }] : [];
    });
  }
}
