import { Logger } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { InMemoryGit } from '../../../test/support/in-memory-git.js';
import { timerClock } from '../../../test/support/manual-clock.js';
import { AppConfig } from '../../config/app.config.js';
import { ConfigModule } from '../../config/config.module.js';
import { REPOSITORY_LOCATOR } from '../../git/repository-locks.port.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { ObservabilityModule } from '../../observability/observability.module.js';
import { ResilienceModule } from '../../resilience/resilience.module.js';
import { ResourcesModule } from '../../resources/resources.module.js';
import { CLOCK } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { type KindContent, RESOURCE_KINDS, type ResourceKind } from './resource-kind.js';
import { ResourceOperations } from './resource.operations.js';
import { ResourceReads } from './resource.reads.js';
import { ResourceWatcher } from './resource.watcher.js';

const INTERVAL = 100;
const ADDRESS = { kind: 'status', repository: '/repos/one' } as const;

/** The state of a work tree, as a test wants it. */
class ScriptedStatus implements ResourceKind<'status'> {
  readonly kind = 'status';
  readonly listed = true;
  readonly ofWorkTree = true;
  readonly template = { uriTemplate: '', name: '', title: '', description: '' };
  text = 'clean';
  tookMs = 0;
  failure: ServerError | undefined;
  reads = 0;

  async read(): Promise<KindContent> {
    this.reads += 1;
    if (this.tookMs > 0) await new Promise((resolve) => setTimeout(resolve, this.tookMs));
    if (this.failure) throw this.failure;
    return { mimeType: 'text/plain', text: this.text };
  }
}

const TURN = { principal: 'p', owner: 's1' };

describe('ResourceWatcher', () => {
  let module: TestingModule;
  let status: ScriptedStatus;
  let watcher: ResourceWatcher;
  let fired: number;
  let timersBefore: number;

  /** As the metrics show it. */
  async function watched(): Promise<number | undefined> {
    const metric = await module.get(MetricsRegistry).getSingleMetric('mcp_git_watched_resources')?.get();
    return metric?.values[0]?.value;
  }

  const watch = () => watcher.watch('key', ADDRESS, TURN, () => (fired += 1));

  beforeEach(async () => {
    vi.useFakeTimers({ now: 0 });
    status = new ScriptedStatus();
    fired = 0;
    const config = new AppConfig();
    config.mcp.watchInterval = INTERVAL;
    config.resilience.retry.maxAttempts = 1;
    module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(config),
        ObservabilityModule,
        ScheduleModule.forRoot(),
        ResilienceModule,
        ResourcesModule,
      ],
      providers: [
        ResourceOperations,
        ResourceReads,
        ResourceWatcher,
        { provide: RESOURCE_KINDS, useValue: [status] },
        { provide: REPOSITORY_LOCATOR, useValue: new InMemoryGit() },
      ],
    })
      .overrideProvider(CLOCK)
      .useValue(timerClock)
      .compile();
    watcher = module.get(ResourceWatcher);
    timersBefore = vi.getTimerCount();
  });

  afterEach(async () => {
    await module.close();
    vi.useRealTimers();
  });

  it('has a timer only while somebody watches', async () => {
    const endOne = await watch();
    const endOther = await watch();
    expect([vi.getTimerCount() - timersBefore, await watched()]).toEqual([1, 1]);

    endOne?.();
    expect(vi.getTimerCount() - timersBefore).toBe(1);
    endOther?.();

    expect([vi.getTimerCount() - timersBefore, await watched()]).toEqual([0, 0]);
  });

  it('ends with the application', async () => {
    await watch();

    watcher.onModuleDestroy();

    expect(vi.getTimerCount() - timersBefore).toBe(0);
  });

  it('tells of each change once', async () => {
    await watch();

    await vi.advanceTimersByTimeAsync(INTERVAL);
    expect(fired).toBe(0);
    status.text = 'dirty';
    await vi.advanceTimersByTimeAsync(3 * INTERVAL);

    expect(fired).toBe(1);
  });

  it('is silent while reading fails for a reason that passes, and tells of what it then finds', async () => {
    await watch();
    status.failure = new ServerError('temporary_resource_unavailable', 'A worker ended');
    await vi.advanceTimersByTimeAsync(2 * INTERVAL);
    expect(fired).toBe(0);

    status.failure = undefined;
    status.text = 'dirty';
    await vi.advanceTimersByTimeAsync(2 * INTERVAL);

    expect(fired).toBe(1);
  });

  it('tells once that a resource cannot be read any more, and again when it can', async () => {
    await watch();
    status.failure = new ServerError('not_a_repository', 'It is gone');
    await vi.advanceTimersByTimeAsync(3 * INTERVAL);
    expect(fired).toBe(1);

    status.failure = undefined;
    await vi.advanceTimersByTimeAsync(2 * INTERVAL);

    expect(fired).toBe(2);
  });

  it('goes on after a listener that throws', async () => {
    Logger.overrideLogger(false);
    await watcher.watch('other', ADDRESS, TURN, () => {
      throw new Error('of the listener');
    });
    status.text = 'dirty';
    await vi.advanceTimersByTimeAsync(2 * INTERVAL);
    await watch();
    status.text = 'dirtier';

    await vi.advanceTimersByTimeAsync(2 * INTERVAL);

    Logger.overrideLogger(['log', 'warn', 'error']);
    expect(fired).toBe(1);
  });

  it('spends at most a fifth of the time on looking at a slow work tree', async () => {
    await watch();
    status.tookMs = 10 * INTERVAL;
    const before = status.reads;

    await vi.advanceTimersByTimeAsync(101 * INTERVAL);

    expect(status.reads - before).toBe(3);
  });
});
