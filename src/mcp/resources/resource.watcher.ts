import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { refsSignature } from '../../git/refs-signature.js';
import { type Repository } from '../../git/repository.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { type Turn } from '../../resilience/turn.js';
import { ResourceLedger } from '../../resources/resource.ledger.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ResourceReads } from './resource.reads.js';
import { type ResourceAddress } from './resource-uri.js';
import { WatchedResource } from './watched-resource.js';

/** Looks at all watched resources with one timer, which exists only while there are some. */
@Injectable()
export class ResourceWatcher implements OnModuleDestroy {
  private readonly logger = new Logger(ResourceWatcher.name);
  private readonly watched = new Map<string, WatchedResource>();
  private readonly busy = new Set<string>();
  private readonly ended = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly reads: ResourceReads,
    private readonly config: McpConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MetricsRegistry) registry: MetricsRegistry,
    @Inject(ResourceLedger) private readonly ledger: ResourceLedger,
  ) {
    const help = 'Resources that are looked at for changes; several who watch one count once';
    registry.gauge('mcp_git_watched_resources', help, () => this.watched.size);
  }

  /**
   * @param key equal for what is the same resource
   * @param turn that the first read takes; its owner is who watches
   * @returns a function that ends it, `undefined` where the address names nothing
   * @throws ServerError as reading the resource does
   */
  async watch(
    key: string,
    address: ResourceAddress,
    turn: Turn,
    changed: () => void,
  ): Promise<(() => void) | undefined> {
    const opened = await WatchedResource.open(address, this.reads, this.clock, turn, this.ended.signal);
    if (!opened) return undefined;
    if (this.ended.signal.aborted) return () => undefined;
    // Somebody else may have opened it meanwhile.
    const resource = this.watched.get(key) ?? opened;
    this.watched.set(key, resource);
    // Each listener its own, also where one function is given twice.
    const listener = () => changed();
    resource.listeners.add(listener);
    this.timer ??= setInterval(() => this.lookAtAll(), this.config.watchInterval);
    return this.endOnce(turn.owner, () => this.end(key, resource, listener));
  }

  onModuleDestroy(): void {
    this.ended.abort();
    this.watched.clear();
    this.stop();
  }

  // Whoever watches may end it twice, and an operator's sweep before either.
  private endOnce(owner: string, end: () => void): () => void {
    let id: number | undefined;
    const release = () => {
      id = undefined;
      end();
    };
    id = this.ledger.acquire({ type: 'watcher', label: 'watched resource', owner, release });
    return () => {
      if (id === undefined) return;
      this.ledger.release(id);
      release();
    };
  }

  private lookAtAll(): void {
    const nowMs = this.clock.nowMs();
    const places = new Map<string, WatchedResource[]>();
    for (const resource of this.watched.values()) {
      const others = places.get(resource.place);
      if (others) others.push(resource);
      else places.set(resource.place, [resource]);
    }
    for (const [place, resources] of places) {
      // Whatever hangs in one repository holds up nobody else, and is not asked again meanwhile.
      if (!this.busy.has(place)) void this.lookAt(place, resources, nowMs);
    }
  }

  // One after the other: a push that changes a hundred watched files must not fill the queue of operations.
  private async lookAt(place: string, resources: readonly WatchedResource[], nowMs: number): Promise<void> {
    const signatureOf = remembered((repository) => refsSignature(repository, nowMs));
    this.busy.add(place);
    try {
      for (const resource of resources) await resource.look(signatureOf, this.ended.signal);
    } catch (error) {
      this.logger.error('Watched resources could not be looked at', { err: error });
    } finally {
      this.busy.delete(place);
    }
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

function remembered(signatureOf: (repository: Repository) => string): (repository: Repository) => string {
  const known = new Map<string, string>();
  return (repository) => {
    const key = `${repository.gitDir}\0${repository.commonDir}`;
    const signature = known.get(key) ?? signatureOf(repository);
    known.set(key, signature);
    return signature;
  };
}
