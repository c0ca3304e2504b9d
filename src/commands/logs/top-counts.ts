interface Entry<S> {
  readonly key: string;
  count: number;
  readonly sample: S;
}

const MAX_KEYS = 10_000;

/** Counts by key in bounded memory: above so many keys the rarest half is forgotten, which are not the top ones. */
export class TopCounts<S> {
  private entries = new Map<string, Entry<S>>();

  add(key: string, sample: S): void {
    const entry = this.entries.get(key);
    if (entry) entry.count += 1;
    else this.entries.set(key, { key, count: 1, sample });
    if (this.entries.size > MAX_KEYS)
      this.entries = new Map(this.top(MAX_KEYS / 2).map((one) => [one.key, one]));
  }

  top(count: number): readonly Entry<S>[] {
    return [...this.entries.values()].toSorted((one, other) => other.count - one.count).slice(0, count);
  }
}
