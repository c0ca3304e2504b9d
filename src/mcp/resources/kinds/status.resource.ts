import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../../config/sections/index.js';
import { GIT_READS, type GitReads } from '../../../git/git-reads.port.js';
import { type Repository } from '../../../git/repository.js';
import { jsonList } from '../json-content.js';
import { type AddressOf, type KindContent, type ResourceKind } from '../resource-kind.js';

@Injectable()
export class StatusResource implements ResourceKind<'status'> {
  readonly kind = 'status';
  readonly listed = true;
  readonly ofWorkTree = true;
  readonly template = {
    uriTemplate: 'git:///{repository}/status',
    name: 'status',
    title: 'State of the work tree',
    description:
      'Branch, how it stands to its upstream, an unfinished merge or rebase, and each staged, changed, untracked or conflicted path, as JSON.',
    mimeType: 'application/json',
  };

  constructor(
    @Inject(GIT_READS) private readonly reads: GitReads,
    private readonly config: GitConfig,
  ) {}

  async read(_: AddressOf<'status'>, repository: Repository, signal: AbortSignal): Promise<KindContent> {
    const { entries, ...state } = await this.reads.status(repository, signal);
    const items = entries.map((entry) => ({ ...entry }));
    const head = { repository: repository.path, ...state };
    return jsonList(head, 'entries', items, this.config.maxOutputBytes);
  }
}
