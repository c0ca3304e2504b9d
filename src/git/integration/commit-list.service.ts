import { Injectable } from '@nestjs/common';

import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';

/** All of them are arguments of one process. */
const MAX_COMMITS = 1_000;
const RANGE = /^(?<from>.*?)(?<!\.)\.\.(?!\.)(?<to>.*)$/s;

/** Finds the commits that a caller names one by one or as a range. */
@Injectable()
export class CommitLists {
  constructor(private readonly state: RepositoryState) {}

  /**
   * @param revision one commit, or `A..B`: the commits of B that A does not have, either of them HEAD where it is left out
   * @param order in which the commits of a range come
   * @throws ServerError `revision_not_found`; `operation_failed` with `details.reason`: `empty-range`, `too-many-commits`
   */
  async find(
    repository: Repository,
    revision: string,
    order: 'oldest-first' | 'newest-first',
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const range = RANGE.exec(revision)?.groups;
    if (!range) return [await this.state.commit(repository, revision, signal)];
    const [from, to] = await Promise.all(
      [range['from'], range['to']].map((end) => this.state.commit(repository, end || 'HEAD', signal)),
    );
    return this.between(repository, `${from}..${to}`, order, signal);
  }

  /** @param range of ids */
  async between(
    repository: Repository,
    range: string,
    order: 'oldest-first' | 'newest-first',
    signal: AbortSignal,
    more: readonly string[] = [],
    emptiness: 'is-refused' | 'may-be-empty' = 'is-refused',
  ): Promise<readonly string[]> {
    const options = ['--topo-order', ...(order === 'oldest-first' ? ['--reverse'] : []), ...more];
    const command = { name: 'rev-list', options, revisions: [range] };
    const commits = await this.state.lines(repository, command, signal);
    if (commits.length === 0 && emptiness === 'is-refused')
      throw refused('empty-range', 'The range holds no commit; swap its ends, maybe');
    if (commits.length <= MAX_COMMITS) return commits;
    throw refused('too-many-commits', `The range holds more than ${MAX_COMMITS} commits; take a part of it`);
  }
}
