import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';

import { AppConfig } from '../../src/config/app.config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { type ToolsConfig } from '../../src/config/sections/index.js';
import { GIT_READS } from '../../src/git/git-reads.port.js';
import { GIT_REMOTES, GIT_WRITES } from '../../src/git/git-writes.port.js';
import { PushedContent } from '../../src/git/lfs/transfer/pushed-content.check.js';
import { PublishedCommits } from '../../src/git/integration/published-commits.reader.js';
import { OperationLog } from '../../src/git/operations/operation.log.js';
import { RestorationRunner } from '../../src/git/operations/restoration.runner.js';
import { planned } from '../../src/git/planned-change.js';
import { HeadReader } from '../../src/git/reads/head.reader.js';
import { RemoteChanges } from '../../src/git/remotes/remote.changes.js';
import { REPOSITORY_LOCATOR, REPOSITORY_LOCKS } from '../../src/git/repository-locks.port.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { ResilienceModule } from '../../src/resilience/resilience.module.js';
import { SCOPES } from '../../src/shared/principal.js';
import { type ToolContext } from '../../src/tools/tool.js';
import { TOOL_PROVIDERS } from '../../src/tools/tools.providers.js';
import { ValidationModule } from '../../src/validation/validation.module.js';
import { CountingLocks, InMemoryGit } from './in-memory-git.js';

/** The tools with all their policies, on git without repositories. Close the module. */
export async function toolsInMemory(
  settings: Partial<ToolsConfig> = {},
): Promise<{ module: TestingModule; git: InMemoryGit; locks: CountingLocks }> {
  const config = new AppConfig();
  Object.assign(config.tools, settings);
  const git = new InMemoryGit();
  const locks = new CountingLocks();
  const module = await Test.createTestingModule({
    imports: [
      ConfigModule.forRoot(config),
      ObservabilityModule,
      ScheduleModule.forRoot(),
      ResilienceModule,
      ValidationModule,
    ],
    providers: [
      ...TOOL_PROVIDERS,
      { provide: GIT_READS, useValue: git.reads },
      { provide: GIT_WRITES, useValue: git.writes },
      { provide: GIT_REMOTES, useValue: git.remotes },
      { provide: REPOSITORY_LOCATOR, useValue: git },
      { provide: REPOSITORY_LOCKS, useValue: locks },
      { provide: OperationLog, useValue: NO_LOG },
      { provide: RestorationRunner, useValue: { settle: () => Promise.resolve() } },
      {
        provide: RemoteChanges,
        useValue: { plan: () => Promise.resolve(planned([], () => Promise.resolve())) },
      },
      { provide: PushedContent, useValue: ALL_THERE },
      { provide: PublishedCommits, useValue: NOTHING_PUBLISHED },
      { provide: HeadReader, useValue: { head: () => git.headState() } },
    ],
  })
    // The services of single tools, none of which are called here.
    .useMocker(() => ({}))
    .compile();
  await module.init();
  return { module, git, locks };
}

const NOTHING_PUBLISHED = { since: () => Promise.resolve(0), hasHead: () => Promise.resolve(false) };

const ALL_THERE: Pick<PushedContent, 'around'> = {
  around: async (_repository, _request, push) => ({ pushed: await push(), lacking: { files: [] } }),
};

/** Of repositories that are not there. */
const NO_LOG = {
  record: async (_repository: unknown, _call: unknown, work: () => Promise<unknown>) => ({
    result: await work(),
  }),
};

export const everyone = (context: Partial<ToolContext> = {}): ToolContext => ({
  sessionId: 's1',
  requestId: 'r1',
  principal: { name: 'ada', scopes: new Set(SCOPES) },
  progress: () => undefined,
  ...context,
});
