import { Counter, Gauge, type Registry } from 'prom-client';

export interface ObjectCacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly entries: number;
  readonly bytes: number;
}

const COUNTERS = [
  ['hits', 'Answers found in the object cache'],
  ['misses', 'Answers not found in the object cache'],
  ['evictions', 'Answers that made room for others in the object cache'],
] as const;

/** Shows what the cache counts anyway, read when the metrics are. */
export function observeCache(stats: () => ObjectCacheStats, registry: Registry): readonly object[] {
  const registers = [registry];
  const counters = COUNTERS.map(([what, help]) => {
    const collect = function collect(this: Counter): void {
      this.reset();
      this.inc(stats()[what]);
    };
    return new Counter({ name: `mcp_git_object_cache_${what}_total`, help, registers, collect });
  });
  const bytes = new Gauge({
    name: 'mcp_git_object_cache_bytes',
    help: 'Memory that the answers in the object cache take, about',
    registers,
    collect() {
      this.set(stats().bytes);
    },
  });
  return [...counters, bytes];
}
