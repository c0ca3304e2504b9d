import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';

/** Knows which commits others may have: those that a remote was last seen with. */
@Injectable()
export class PublishedCommits {
  constructor(private readonly state: RepositoryState) {}

  /** @returns how many of the commits that HEAD has and the other revision does not are known at a remote */
  async since(repository: Repository, other: string, signal: AbortSignal): Promise<number> {
    const base = await this.state.commit(repository, other, signal);
    const range = [`${base}..HEAD`];
    const [all, own] = await Promise.all([
      this.count(repository, [], range, signal),
      this.count(repository, ['--not', '--remotes', '--not'], range, signal),
    ]);
    return all - own;
  }

  /** Whether a remote is known to have the commit that HEAD is at. */
  async hasHead(repository: Repository, signal: AbortSignal): Promise<boolean> {
    const head = await this.state.sha(repository, 'HEAD', signal);
    if (head === null) return false;
    return (await this.count(repository, ['--not', '--remotes', '--not'], [head], signal)) === 0;
  }

  private async count(
    repository: Repository,
    options: readonly string[],
    revisions: readonly string[],
    signal: AbortSignal,
  ): Promise<number> {
    const command = { name: 'rev-list', options: ['--count', ...options], revisions };
    const [count = '0'] = await this.state.lines(repository, command, signal);
    return Number(count);
  }
}
