import { type Provider } from '@nestjs/common';

import { GitResourceCatalog } from './git-resource.catalog.js';
import { BranchesResource } from './kinds/branches.resource.js';
import { CommitResource } from './kinds/commit.resource.js';
import { FileResource } from './kinds/file.resource.js';
import { HeadResource } from './kinds/head.resource.js';
import { StatusResource } from './kinds/status.resource.js';
import { TagsResource } from './kinds/tags.resource.js';
import { TreeResource } from './kinds/tree.resource.js';
import { RepositoryCompletions } from './repository.completions.js';
import { RepositoryListWatcher } from './repository-list.watcher.js';
import { RepositoryNames } from './repository-names.service.js';
import { RESOURCE_CATALOG } from './resource.js';
import { ResourceCompleter } from './resource.completer.js';
import { RESOURCE_KINDS, type ResourceKind } from './resource-kind.js';
import { ResourceOperations } from './resource.operations.js';
import { ResourceReads } from './resource.reads.js';
import { ResourceWatcher } from './resource.watcher.js';

/** In the order in which clients see them. */
const KINDS = [
  HeadResource,
  BranchesResource,
  TagsResource,
  StatusResource,
  CommitResource,
  FileResource,
  TreeResource,
];

/** All of the resources. They need the modules of git and resilience; RESOURCE_CATALOG and RepositoryCompletions are for others. */
export const RESOURCE_PROVIDERS: Provider[] = [
  ...KINDS,
  { provide: RESOURCE_KINDS, useFactory: (...kinds: ResourceKind[]) => kinds, inject: [...KINDS] },
  ResourceOperations,
  ResourceReads,
  RepositoryNames,
  RepositoryCompletions,
  ResourceCompleter,
  ResourceWatcher,
  RepositoryListWatcher,
  GitResourceCatalog,
  { provide: RESOURCE_CATALOG, useExisting: GitResourceCatalog },
];
