import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../../config/sections/index.js';
import { GIT_READS, type GitReads } from '../../../git/git-reads.port.js';
import { type Repository } from '../../../git/repository.js';
import { jsonList } from '../json-content.js';
import { type AddressOf, type KindContent, type ResourceKind } from '../resource-kind.js';

@Injectable()
export class BranchesResource implements ResourceKind<'branches'> {
  readonly kind = 'branches';
  readonly listed = true;
  readonly ofWorkTree = false;
  readonly template = {
    uriTemplate: 'git:///{repository}/branches',
    name: 'branches',
    title: 'Branches',
    description: 'Local and remote branches with their commits, subjects and upstreams, as JSON.',
    mimeType: 'application/json',
  };

  constructor(
    @Inject(GIT_READS) private readonly reads: GitReads,
    private readonly config: GitConfig,
  ) {}

  async read(_: AddressOf<'branches'>, repository: Repository, signal: AbortSignal): Promise<KindContent> {
    const branches = await this.reads.branches(repository, { type: 'all' }, signal);
    const items = branches.map((branch) => ({ ...branch }));
    return jsonList({ repository: repository.path }, 'branches', items, this.config.maxOutputBytes);
  }
}
