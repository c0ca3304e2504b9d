import { beforeEach, describe, expect, it } from 'vitest';

import { GitConfig } from '../config/sections/index.js';
import { MetricsRegistry } from '../observability/metrics.registry.js';
import { ObjectCache } from './object-cache.js';

function cacheOf(maxBytes: number, registry = new MetricsRegistry()): ObjectCache {
  return new ObjectCache(Object.assign(new GitConfig(), { cache: { maxBytes } }), registry);
}

describe('The object cache', () => {
  let cache: ObjectCache;

  beforeEach(() => {
    cache = cacheOf(1_000);
  });

  it('returns what was put in, and counts hits and misses', () => {
    cache.set('k', 'value', 10);

    expect(cache.get('k')).toBe('value');
    expect(cache.get('other')).toBeUndefined();
    expect(cache.stats()).toEqual({ hits: 1, misses: 1, evictions: 0, entries: 1, bytes: 12 });
  });

  it('makes room by forgetting what was used longest ago', () => {
    for (const key of ['a', 'b', 'c', 'd']) cache.set(key, key, 240);
    cache.get('a');
    cache.set('e', 'e', 240);

    expect(['a', 'b', 'c', 'd', 'e'].filter((key) => cache.has(key))).toEqual(['a', 'c', 'd', 'e']);
    expect(cache.stats()).toMatchObject({ evictions: 1, bytes: 4 * 242 });
  });

  it('replaces a value without counting it twice', () => {
    cache.set('k', 'one', 100);
    cache.set('k', 'two', 50);

    expect(cache.get('k')).toBe('two');
    expect(cache.stats()).toMatchObject({ entries: 1, bytes: 52 });
  });

  it('does not keep what would push out most of the others', () => {
    cache.set('small', 's', 100);
    cache.set('large', 'l', 900);

    expect([cache.has('small'), cache.has('large')]).toEqual([true, false]);
  });

  it('forgets everything when it is cleared', () => {
    cache.set('k', 'v', 10);
    cache.clear();

    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('keeps nothing when it is switched off', () => {
    const off = cacheOf(0);
    off.set('k', 'v', 10);

    expect(off.has('k')).toBe(false);
  });

  it('shows its counts as metrics', async () => {
    const registry = new MetricsRegistry();
    const shown = cacheOf(1_000, registry);
    shown.set('k', 'v', 10);
    shown.get('k');

    const metrics = await registry.metrics();

    expect(metrics).toContain('mcp_git_object_cache_hits_total 1');
    expect(metrics).toContain('mcp_git_object_cache_bytes 12');
  });
});
