import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { ResilienceModule } from '../resilience/resilience.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { OrphanedProcesses } from './cli/orphaned-processes.js';
import { CONFLICT_SERVICES } from './conflicts/index.js';
import { GIT_CLI } from './git-cli.port.js';
import { GitHealthIndicator } from './git.health.js';
import { GIT_PROVIDERS } from './git.providers.js';
import { GIT_READS } from './git-reads.port.js';
import { Libgit2WorkerPool } from './libgit2-worker.pool.js';
import { GIT_REMOTES, GIT_WRITES } from './git-writes.port.js';
import { INTEGRATION_SERVICES } from './integration/index.js';
import { HUNK_SERVICES } from './hunks/index.js';
import { HISTORY_SERVICES } from './history/index.js';
import { INSPECT_SERVICES } from './inspect/index.js';
import { BISECT_SERVICES } from './bisect/index.js';
import { LFS_SERVICES } from './lfs/index.js';
import { NOTE_SERVICES } from './notes/index.js';
import { RootFolders } from './paths/root-folders.service.js';
import { RepositoryDiscovery } from './paths/repository.discovery.js';
import { GIT_OPERATIONS } from './operations/index.js';
import { GIT_PREVIEWS } from './previews/index.js';
import { HistoryReader } from './reads/history.reader.js';
import { CONTENT_READERS, GIT_READ_PROVIDERS } from './reads/index.js';
import { REF_SERVICES } from './refs/index.js';
import { REMOTE_SERVICES } from './remotes/index.js';
import { REPOSITORY_LOCATOR, REPOSITORY_LOCKS } from './repository-locks.port.js';
import { SECURITY_SERVICES } from './security/index.js';
import { STORAGE_SERVICES } from './storage/index.js';
import { StaleLocks } from './stale-locks.service.js';
import { RootsDiskHealthIndicator } from './roots-disk.health.js';
import { WORK_TREE_SERVICES } from './work-tree/index.js';
import { SUBMODULE_SERVICES } from './submodules/index.js';
import { WORKTREE_SERVICES } from './worktrees/index.js';

/**
 * Repositories: where they may be, what is read of them and how they are changed.
 *
 * Two engines read behind one port; the git CLI alone writes. Whoever writes takes the repository's lock first.
 */
@Module({
  imports: [TerminusModule, ResilienceModule, ResourcesModule],
  providers: [
    ...GIT_PROVIDERS,
    ...GIT_READ_PROVIDERS,
    ...HISTORY_SERVICES,
    ...INSPECT_SERVICES,
    ...NOTE_SERVICES,
    ...LFS_SERVICES,
    ...BISECT_SERVICES,
    ...STORAGE_SERVICES,
    GitHealthIndicator,
    RootsDiskHealthIndicator,
  ],
  exports: [
    GIT_CLI,
    GIT_READS,
    HistoryReader,
    ...CONTENT_READERS,
    ...HISTORY_SERVICES,
    ...INSPECT_SERVICES,
    ...NOTE_SERVICES,
    ...LFS_SERVICES,
    ...BISECT_SERVICES,
    ...STORAGE_SERVICES,
    ...GIT_PREVIEWS,
    ...GIT_OPERATIONS,
    OrphanedProcesses,
    RepositoryDiscovery,
    RootFolders,
    ...SECURITY_SERVICES,
    ...REF_SERVICES,
    ...REMOTE_SERVICES,
    ...SUBMODULE_SERVICES,
    ...WORKTREE_SERVICES,
    GIT_WRITES,
    ...WORK_TREE_SERVICES,
    ...HUNK_SERVICES,
    ...CONFLICT_SERVICES,
    ...INTEGRATION_SERVICES,
    GIT_REMOTES,
    Libgit2WorkerPool,
    REPOSITORY_LOCATOR,
    REPOSITORY_LOCKS,
    GitHealthIndicator,
    RootsDiskHealthIndicator,
    StaleLocks,
  ],
})
export class GitModule {}
