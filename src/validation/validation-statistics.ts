interface ValidationCounts {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  /** Accepted by leniency; counted in `successful` too. */
  readonly recovered: number;
}

export interface ValidationStats extends ValidationCounts {
  readonly byType: Readonly<Record<string, ValidationCounts>>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Tally = Mutable<ValidationCounts>;

/** Types beyond this many count as `unknown`, so that no caller can grow the table or the metric's labels. */
const MAX_TYPES = 256;
export const UNKNOWN_TYPE = 'unknown';

/** Counts verdicts by type of message. Plain numbers: the metric reads them when it is scraped. */
export class ValidationStatistics {
  private readonly tallies = new Map<string, Tally>();

  tallyOf(type: string): Tally {
    const known = this.tallies.get(type);
    if (known) return known;
    // One place stays free for the unknown ones.
    if (this.tallies.size >= MAX_TYPES - 1 && type !== UNKNOWN_TYPE) return this.tallyOf(UNKNOWN_TYPE);
    const tally = { total: 0, successful: 0, failed: 0, recovered: 0 };
    this.tallies.set(type, tally);
    return tally;
  }

  stats(): ValidationStats {
    const sum: Tally = { total: 0, successful: 0, failed: 0, recovered: 0 };
    for (const tally of this.tallies.values()) {
      sum.total += tally.total;
      sum.successful += tally.successful;
      sum.failed += tally.failed;
      sum.recovered += tally.recovered;
    }
    return {
      ...sum,
      byType: Object.fromEntries([...this.tallies].map(([type, tally]) => [type, { ...tally }])),
    };
  }
}
