import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ResourceReads } from './resource.reads.js';
import { type ResourceAddress } from './resource-uri.js';
import { WatchedResource } from './watched-resource.js';

/** Looks at all watched resources with one timer, which exists only while there are some. */
@Injectable()
export class ResourceWatcher implements OnModuleDestroy {
  private readonly watched = new Map<string, WatchedResource>();
  private readonly ended = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly reads: ResourceReads,
    private readonly config: McpConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MetricsRegistry) registry: MetricsRegistry,
  ) {
    const help = 'Resources that are looked at for changes; several who watch one count once';
    registry.gauge('mcp_git_watched_resources', help, () => this.watched.size);
  }

  /**
   * @param key equal for what is the same resource
   * @param owner whose turn the first read takes: a session's id
   * @returns a function that ends it, `undefined` where the address names nothing
   * @throws ServerError as reading the resource does
   */
  async watch(
    key: string,
    address: ResourceAddress,
    owner: string,
    changed: () => void,
  ): Promise<(() => void) | undefined> {
    const opened = await WatchedResource.open(address, this.reads, this.clock, owner, this.ended.signal);
    if (!opened) return undefined;
    // Somebody else may have opened it meanwhile.
    const resource = this.watched.get(key) ?? opened;
    this.watched.set(key, resource);
    // Each listener its own, also where one function is given twice.
    const listener = () => changed();
    resource.listeners.add(listener);
    this.timer ??= setInterval(() => this.lookAtAll(), this.config.watchInterval);
    return () => this.end(key, resource, listener);
  }

  onModuleDestroy(): void {
    this.ended.abort();
    this.watched.clear();
    this.stop();
  }

  private lookAtAll(): void {
    for (const resource of this.watched.values()) void resource.look(this.ended.signal);
  }

  private end(key: string, resource: WatchedResource, listener: () => void): void {
    resource.listeners.delete(listener);
    if (resource.listeners.size === 0 && this.watched.get(key) === resource) this.watched.delete(key);
    if (this.watched.size === 0) this.stop();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
