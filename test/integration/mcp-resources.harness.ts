import { Logger } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';

import { AppConfig } from '../../src/config/app.config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { GitModule } from '../../src/git/git.module.js';
import { ListChanges } from '../../src/mcp/core/list-changes.service.js';
import { RESOURCE_PROVIDERS } from '../../src/mcp/resources/index.js';
import {
  RESOURCE_CATALOG,
  type ResourceCatalog,
  type ResourceContent,
  type ResourceReader,
} from '../../src/mcp/resources/resource.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { ResilienceModule } from '../../src/resilience/resilience.module.js';
import { ResourcesModule } from '../../src/resources/resources.module.js';
import { type Scope } from '../../src/shared/principal.js';
import { GitRepository } from '../support/git-repository.js';

export const MAX_BYTES = 4_096;

export function readerWith(...scopes: Scope[]): ResourceReader {
  return { sessionId: 's1', requestId: 'r1', principal: { name: 'ada', scopes: new Set(scopes) } };
}

export const reader = readerWith('git:read');
export const signal = new AbortController().signal;

/** The resources as the application wires them, over one repository. Close it. */
export class ResourceHarness {
  readonly repo = new GitRepository();

  module: TestingModule;

  static async start(): Promise<ResourceHarness> {
    const harness = new ResourceHarness();
    await harness.open();
    return harness;
  }

  get catalog(): ResourceCatalog {
    return this.module.get<ResourceCatalog>(RESOURCE_CATALOG);
  }

  get listChanges(): ListChanges {
    return this.module.get(ListChanges);
  }

  uri(rest: string, path = this.repo.path): string {
    return `git:///${encodeURIComponent(path)}/${rest}`;
  }

  read(rest: string): Promise<ResourceContent | undefined> {
    return this.catalog.read(this.uri(rest), reader, signal);
  }

  /** @returns `''` for what has no text */
  async text(rest: string, path?: string): Promise<string> {
    const content = await this.catalog.read(this.uri(rest, path), reader, signal);
    return content && 'text' in content ? content.text : '';
  }

  async json(rest: string, path?: string): Promise<Record<string, unknown>> {
    return JSON.parse(await this.text(rest, path)) as Record<string, unknown>;
  }

  async close(): Promise<void> {
    await this.module.close();
    this.repo.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  }

  private async open(): Promise<void> {
    Logger.overrideLogger(false);
    const config = new AppConfig();
    config.git.roots = [this.repo.root];
    config.git.maxOutputBytes = MAX_BYTES;
    config.mcp.watchInterval = 60;
    this.module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(config),
        ObservabilityModule,
        ScheduleModule.forRoot(),
        GitModule,
        ResilienceModule,
        ResourcesModule,
      ],
      providers: [...RESOURCE_PROVIDERS, ListChanges],
    }).compile();
    await this.module.init();
  }
}
