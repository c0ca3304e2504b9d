import { ScheduleModule } from '@nestjs/schedule';
import { type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';

import { AppConfig } from '../../src/config/app.config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { type Environment } from '../../src/config/environment.js';
import { type GitConfig } from '../../src/config/sections/index.js';
import { SERVER_ENVIRONMENT } from '../../src/git/cli/server-environment.js';
import { GIT_CLI, type GitCli } from '../../src/git/git-cli.port.js';
import { GIT_PROVIDERS } from '../../src/git/git.providers.js';
import { GitSpawner } from '../../src/git/git-spawner.host.js';
import { CliReads } from '../../src/git/reads/cli.reads.js';
import { IndexCopies } from '../../src/git/reads/index-copies.service.js';
import { GIT_REMOTES, GIT_WRITES, type GitRemotes, type GitWrites } from '../../src/git/git-writes.port.js';
import { HOST_RESOLVER, type HostResolver } from '../../src/git/remotes/host-resolver.port.js';
import {
  REPOSITORY_LOCATOR,
  REPOSITORY_LOCKS,
  type RepositoryLocator,
  type RepositoryLocks,
} from '../../src/git/repository-locks.port.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { ResilienceModule } from '../../src/resilience/resilience.module.js';
import { ResourcesModule } from '../../src/resources/resources.module.js';

export interface GitServicesOptions {
  readonly roots: readonly string[];
  readonly config?: (config: GitConfig) => void;
  /** The server's own environment, of which git gets a part; this process's if absent. */
  readonly environment?: Environment;
  readonly resolver?: HostResolver;
}

/** The git layer as the application wires it, without the engines that only read. Close it. */
export class GitServices {
  private constructor(private readonly module: TestingModule) {}

  static async start({ roots, config, environment, resolver }: GitServicesOptions): Promise<GitServices> {
    const app = new AppConfig();
    app.git.roots = [...roots];
    config?.(app.git);
    const builder = Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(app),
        ScheduleModule.forRoot(),
        ObservabilityModule,
        ResilienceModule,
        ResourcesModule,
      ],
      providers: [...GIT_PROVIDERS, CliReads, IndexCopies],
    });
    if (environment) builder.overrideProvider(SERVER_ENVIRONMENT).useValue(environment);
    if (resolver) builder.overrideProvider(HOST_RESOLVER).useValue(resolver);
    return new GitServices(await builder.compile());
  }

  get spawner(): GitSpawner {
    return this.module.get(GitSpawner);
  }

  get cli(): GitCli {
    return this.module.get<GitCli>(GIT_CLI);
  }

  get locator(): RepositoryLocator {
    return this.module.get<RepositoryLocator>(REPOSITORY_LOCATOR);
  }

  get locks(): RepositoryLocks {
    return this.module.get<RepositoryLocks>(REPOSITORY_LOCKS);
  }

  get writes(): GitWrites {
    return this.module.get<GitWrites>(GIT_WRITES);
  }

  get remotes(): GitRemotes {
    return this.module.get<GitRemotes>(GIT_REMOTES);
  }

  /** Any of the services that are injected by their class. */
  get<T>(service: Type<T>): T {
    return this.module.get(service);
  }

  close(): Promise<void> {
    return this.module.close();
  }
}
