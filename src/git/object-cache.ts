import { Inject, Injectable } from '@nestjs/common';
import { GitConfig } from '../config/sections/index.js';
import { noteEngine } from '../observability/operation-trace.js';
import { MetricsRegistry } from '../observability/metrics.registry.js';
import { type ObjectCacheStats, observeCache } from './object-cache.metrics.js';

interface Entry {
  readonly value: unknown;
  readonly bytes: number;
}

/** One answer may take this share of the cache; a larger one would push out all others. */
const LARGEST_SHARE = 0.25;

/**
 * Answers that are addressed by object ids, and so never change: one LRU for all sessions, bounded by bytes. The
 * keys begin with the repository's common dir, so that who may not read a repository cannot ask for its answers.
 */
@Injectable()
export class ObjectCache {
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;
  private hits = 0;
  private misses = 0;
  private evictions = 0;

  constructor(
    private readonly config: GitConfig,
    @Inject(MetricsRegistry) registry: MetricsRegistry,
  ) {
    observeCache(() => this.stats(), registry);
  }

  get<T>(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (!entry) {
      this.misses += 1;
      return undefined;
    }
    this.hits += 1;
    noteEngine('cache');
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value as T;
  }

  /** Neither a hit nor a miss: only asks. */
  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** @param bytes about how much memory the value takes, its key left out */
  set(key: string, value: object | string, bytes: number): void {
    const { maxBytes } = this.config.cache;
    const size = bytes + key.length * 2;
    this.forget(key);
    if (size > maxBytes * LARGEST_SHARE) return;
    this.entries.set(key, { value, bytes: size });
    this.bytes += size;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= maxBytes) break;
      this.forget(oldest);
      this.evictions += 1;
    }
  }

  clear(): void {
    this.entries.clear();
    this.bytes = 0;
  }

  stats(): ObjectCacheStats {
    const { hits, misses, evictions, bytes } = this;
    return { hits, misses, evictions, entries: this.entries.size, bytes };
  }

  private forget(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.bytes -= entry.bytes;
  }
}
