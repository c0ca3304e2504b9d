import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { type ByteName } from '../work-tree/path-lists.js';
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
    if (files.length === 0) return [];
    const stdin = Buffer.from(files.map(({ path }) => `${path}\0`).join(''), 'latin1');
    const command = { name: 'check-attr', options: ['-z', '--stdin'], revisions: ['filter'], stdin };
    // Path, name of the attribute and value of each.
    const records = await this.state.list(repository, command, signal, { rawOutput: true });
    return files.filter((_, index) => records[index * 3 + 2] === 'lfs');
  }
}
