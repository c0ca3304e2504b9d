import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { type ByteName } from '../work-tree/path-lists.js';
import { filtersOf } from '../writes/filter-attributes.js';
import { RepositoryState } from '../writes/repository-state.service.js';

/** What the attributes of the work tree say of files. */
@Injectable()
export class LfsAttributes {
  constructor(private readonly state: RepositoryState) {}

  /** @returns those that are handed to Git LFS */
  async filtered<F extends { readonly path: ByteName }>(
    repository: Repository,
    files: readonly F[],
    signal: AbortSignal,
  ): Promise<readonly F[]> {
    const paths = files.map(({ path }) => path);
    const filters = await filtersOf(this.state, repository, paths, signal);
    return files.filter(({ path }) => filters.get(path) === 'lfs');
  }
}
