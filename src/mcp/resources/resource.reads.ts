import { Inject, Injectable } from '@nestjs/common';

import { type Repository } from '../../git/repository.js';
import { type Turn } from '../../resilience/turn.js';
import { RESOURCE_KINDS, type KindContent, type ResourceKind } from './resource-kind.js';
import { ResourceOperations } from './resource.operations.js';
import { type ResourceAddress, type ResourceKindName } from './resource-uri.js';

export interface ResourceRead {
  /** Where the address led. */
  readonly repository: Repository;
  /** `undefined` where the repository has nothing of the address. */
  readonly content: KindContent | undefined;
}

/** Reads what an address names, whatever its kind. Asks nobody for a scope: who calls this has done so. */
@Injectable()
export class ResourceReads {
  private readonly kinds: ReadonlyMap<ResourceKindName, ResourceKind>;

  constructor(
    @Inject(RESOURCE_KINDS) kinds: readonly ResourceKind[],
    private readonly operations: ResourceOperations,
  ) {
    this.kinds = new Map(kinds.map((kind) => [kind.kind, kind]));
  }

  showsWorkTree({ kind }: ResourceAddress): boolean {
    return this.kinds.get(kind)?.ofWorkTree ?? false;
  }

  /** @throws ServerError as the tools that read do */
  read(address: ResourceAddress, turn: Turn, signal: AbortSignal): Promise<ResourceRead> {
    const kind = this.kinds.get(address.kind);
    const work = async (repository: Repository, aborted: AbortSignal): Promise<ResourceRead> => ({
      repository,
      content: await kind?.read(address, repository, aborted),
    });
    return this.operations.read(address.repository, turn, work, signal);
  }
}
