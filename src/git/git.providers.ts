import { type Provider } from '@nestjs/common';

import { processEnvironment } from '../config/environment.js';
import { OrphanedProcesses } from './cli/orphaned-processes.js';
import { RepositoryConfigInspector } from './cli/repository-config.inspector.js';
import { SERVER_ENVIRONMENT } from './cli/server-environment.js';
import { CONFLICT_PROVIDERS } from './conflicts/index.js';
import { GIT_CLI } from './git-cli.port.js';
import { GitCliRunner } from './git-cli.runner.js';
import { HUNK_SERVICES } from './hunks/index.js';
import { FairRepositoryLocks } from './locks/fair-repository.locks.js';
import { WriterMark } from './locks/writer-mark.js';
import { GitSpawner } from './git-spawner.host.js';
import { GitFolderLinks } from './paths/git-folder-links.js';
import { RootFolders } from './paths/root-folders.service.js';
import { RepositoryDiscovery } from './paths/repository.discovery.js';
import { RootsRepositoryLocator } from './paths/roots-repository.locator.js';
import { GIT_OPERATION_PROVIDERS } from './operations/index.js';
import { GIT_PREVIEW_PROVIDERS } from './previews/index.js';
import { INTEGRATION_PROVIDERS } from './integration/index.js';
import { REF_SERVICES } from './refs/index.js';
import { GIT_REMOTE_PROVIDERS } from './remotes/index.js';
import { REPOSITORY_LOCATOR, REPOSITORY_LOCKS } from './repository-locks.port.js';
import { WORK_TREE_PROVIDERS } from './work-tree/index.js';
import { SECRET_PROVIDERS } from './secrets/index.js';
import { SECURITY_PROVIDERS } from './security/index.js';
import { StaleLocks } from './stale-locks.service.js';
import { SUBMODULE_SERVICES } from './submodules/index.js';
import { TemporaryFolders } from './temporary-folders.js';
import { WORKTREE_SERVICES } from './worktrees/index.js';
import { GIT_WRITE_PROVIDERS } from './writes/index.js';

/** Everything of git but the reads: where repositories are, who may write, and the one way to run git. */
export const GIT_PROVIDERS: readonly Provider[] = [
  { provide: SERVER_ENVIRONMENT, useFactory: processEnvironment },
  RepositoryConfigInspector,
  OrphanedProcesses,
  GitFolderLinks,
  GitSpawner,
  TemporaryFolders,
  { provide: GIT_CLI, useClass: GitCliRunner },
  { provide: REPOSITORY_LOCATOR, useClass: RootsRepositoryLocator },
  RepositoryDiscovery,
  RootFolders,
  WriterMark,
  { provide: REPOSITORY_LOCKS, useClass: FairRepositoryLocks },
  StaleLocks,
  ...GIT_WRITE_PROVIDERS,
  ...WORK_TREE_PROVIDERS,
  ...HUNK_SERVICES,
  ...CONFLICT_PROVIDERS,
  ...INTEGRATION_PROVIDERS,
  ...GIT_REMOTE_PROVIDERS,
  ...GIT_PREVIEW_PROVIDERS,
  ...SECRET_PROVIDERS,
  ...SECURITY_PROVIDERS,
  ...REF_SERVICES,
  ...SUBMODULE_SERVICES,
  ...WORKTREE_SERVICES,
  ...GIT_OPERATION_PROVIDERS,
];
