import { Injectable } from '@nestjs/common';

import {
  type GitRemotes,
  type HeadState,
  type ProgressListener,
  type PullRequest,
} from '../git-writes.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { IntegrationWriter } from '../integration/integration.writer.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { RemoteConfiguration } from './remote-configuration.service.js';
import { RemoteFetcher } from './remote-fetcher.service.js';
import { maskUrl } from './remote-url.js';

type PullAnswer = Awaited<ReturnType<GitRemotes['pull']>>;

/** A fetch, and then the merge or rebase that any other would be. */
@Injectable()
export class RemotePuller {
  constructor(
    private readonly fetcher: RemoteFetcher,
    private readonly integration: IntegrationWriter,
    private readonly remotes: RemoteConfiguration,
    private readonly state: RepositoryState,
  ) {}

  /** @returns where the pull starts from, and the branch of the remote that it takes */
  async prepare(
    repository: Repository,
    { remote, branch }: Pick<PullRequest, 'remote' | 'branch'>,
    signal: AbortSignal,
  ): Promise<{ readonly before: HeadState; readonly theirs: string }> {
    this.state.requireWorkTree(repository);
    this.state.requireNoOperation(repository);
    const before = await this.state.head(repository, signal);
    return { before, theirs: branch ?? (await this.followed(repository, remote, before, signal)) };
  }

  async pull(
    repository: Repository,
    { remote, branch, rebase = false, fastForwardOnly = false }: PullRequest,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<PullAnswer> {
    const { before, theirs } = await this.prepare(
      repository,
      { remote, ...(branch !== undefined && { branch }) },
      signal,
    );
    const updates = await this.fetcher.fetch(repository, { remote, branch: theirs }, progress, signal);
    const source = await this.state.commit(repository, `refs/remotes/${remote}/${theirs}`, signal);
    if (rebase && before.head !== null) {
      const after = await this.integration.rebase(repository, { upstream: source }, signal);
      return {
        branch: after.branch,
        head: after.head,
        updates,
        outcome: rebaseOutcome(before, after, source),
      };
    }
    const { fetch: url } = await this.remotes.urls(repository, remote, signal);
    const message = `Merge branch '${theirs}' of ${maskUrl(url)}`;
    const request = { source, message, fastForwardOnly };
    const { outcome, ...head } = await this.integration.merge(repository, request, signal);
    if (outcome === 'squashed') throw new Error('A pull squashes nothing');
    return { ...head, outcome, updates };
  }

  private followed(repository: Repository, remote: string, { branch }: HeadState, signal: AbortSignal) {
    if (branch !== null) return this.remotes.upstream(repository, branch, remote, signal);
    const message = 'HEAD is on no branch; name the branch to pull';
    throw refused('detached', message);
  }
}

function rebaseOutcome(before: HeadState, after: HeadState, source: string): PullAnswer['outcome'] {
  if (after.head === before.head) return 'already-up-to-date';
  return after.head === source ? 'fast-forward' : 'rebased';
}
