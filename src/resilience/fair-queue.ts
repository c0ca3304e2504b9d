/**
 * Who waits takes turns by owner, and within an owner by arrival: somebody with a hundred requests delays
 * somebody with one by a single turn.
 */
export class FairQueue<T> {
  // Sets and Maps remember insertion order, and remove in constant time.
  private readonly byOwner = new Map<string, Set<T>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** How many wait for anything. */
  get owners(): number {
    return this.byOwner.size;
  }

  waitingOf(owner: string): number {
    return this.byOwner.get(owner)?.size ?? 0;
  }

  push(owner: string, item: T): void {
    const items = this.byOwner.get(owner) ?? new Set<T>();
    this.byOwner.set(owner, items.add(item));
    this.count += 1;
  }

  /** The next in turn; its owner goes to the end of the line. */
  shift(): T | undefined {
    for (const [owner, items] of this.byOwner) {
      for (const item of items) {
        this.remove(owner, item);
        if (this.byOwner.delete(owner)) this.byOwner.set(owner, items);
        return item;
      }
    }
    return undefined;
  }

  /** @returns whether it still waited */
  remove(owner: string, item: T): boolean {
    const items = this.byOwner.get(owner);
    if (!items?.delete(item)) return false;
    if (items.size === 0) this.byOwner.delete(owner);
    this.count -= 1;
    return true;
  }

  /** Whether anybody waits for more than `over`. */
  hasLongerThan(over: number): boolean {
    for (const { size } of this.byOwner.values()) if (size > over) return true;
    return false;
  }

  /** Takes out the newest of whoever waits for the most, if that is more than `over`. */
  dropFromLongest(over: number): T | undefined {
    let longest: [string, Set<T>] | undefined;
    for (const entry of this.byOwner) if (entry[1].size > (longest?.[1].size ?? over)) longest = entry;
    const newest = longest && [...longest[1]].at(-1);
    if (longest && newest !== undefined) this.remove(longest[0], newest);
    return newest;
  }
}
