import { type FieldIssue } from '../shared/errors/index.js';

export interface VerdictCacheStats {
  readonly enabled: boolean;
  readonly hits: number;
  readonly misses: number;
  readonly size: number;
  readonly maxEntries: number;
  /** Share of lookups that were answered from the cache, 0..1; 0 before the first. */
  readonly hitRate: number;
}

type Verdict = readonly FieldIssue[];

/** A longer message is not remembered: its text would cost more than naming its faults again. */
const MAX_KEY_LENGTH = 2_048;

/**
 * Remembers what is wrong with messages that were refused, least recently seen forgotten first. It holds frozen
 * issues and never values, so that nothing of one caller reaches another.
 */
export class VerdictCache {
  private readonly verdicts = new Map<string, Verdict>();
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly maxEntries: number,
    private enabled: boolean,
  ) {}

  /** @param key undefined for a message that is not to be remembered */
  recall(key: string | undefined, decide: () => Verdict): Verdict {
    if (!this.enabled || key === undefined || key.length > MAX_KEY_LENGTH) return decide();
    const known = this.verdicts.get(key);
    if (known) {
      this.hits += 1;
      this.verdicts.delete(key);
      this.verdicts.set(key, known);
      return known;
    }
    this.misses += 1;
    return this.remember(key, decide());
  }

  enable(): void {
    this.enabled = true;
  }

  disable(): void {
    this.enabled = false;
    this.clear();
  }

  /** Forgets the verdicts; the counts of hits and misses go on. */
  clear(): void {
    this.verdicts.clear();
  }

  stats(): VerdictCacheStats {
    const { enabled, hits, misses, maxEntries } = this;
    const lookups = hits + misses;
    return {
      enabled,
      hits,
      misses,
      size: this.verdicts.size,
      maxEntries,
      hitRate: lookups === 0 ? 0 : hits / lookups,
    };
  }

  private remember(key: string, verdict: Verdict): Verdict {
    if (this.verdicts.size >= this.maxEntries) {
      const [oldest] = this.verdicts.keys();
      if (oldest !== undefined) this.verdicts.delete(oldest);
    }
    verdict.forEach(Object.freeze);
    this.verdicts.set(key, Object.freeze(verdict));
    return verdict;
  }
}
