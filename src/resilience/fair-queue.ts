/**
 * Who waits takes turns by owner, and within an owner by arrival: somebody with a hundred requests delays
 * somebody with one by a single turn.
 */
export class FairQueue<T> {
  private readonly byOwner = new Map<string, Line<T>>();
  /** In turn. Apart from the map: one whose order changes with each turn makes tables in V8's old generation all the time. */
  private readonly turns: Line<T>[] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** How many wait for anything. */
  get owners(): number {
    return this.byOwner.size;
  }

  waitingOf(owner: string): number {
    return this.byOwner.get(owner)?.items.length ?? 0;
  }

  push(owner: string, item: T): void {
    const line = this.byOwner.get(owner) ?? this.begin(owner);
    line.items.push(item);
    this.count += 1;
  }

  /** The next in turn; its owner goes to the end of the line. */
  shift(): T | undefined {
    const line = this.turns.shift();
    if (line === undefined) return undefined;
    const item = line.items.shift();
    this.count -= 1;
    if (line.items.length > 0) this.turns.push(line);
    else this.byOwner.delete(line.owner);
    return item;
  }

  /** @returns whether it still waited */
  remove(owner: string, item: T): boolean {
    const line = this.byOwner.get(owner);
    const at = line?.items.indexOf(item) ?? -1;
    if (line === undefined || at < 0) return false;
    this.takeOut(line, at);
    return true;
  }

  /** Whether anybody waits for more than `over`. */
  hasLongerThan(over: number): boolean {
    return this.turns.some(({ items }) => items.length > over);
  }

  /** Takes out the newest of whoever waits for the most, if that is more than `over`. */
  dropFromLongest(over: number): T | undefined {
    let longest: Line<T> | undefined;
    for (const line of this.turns) if (line.items.length > (longest?.items.length ?? over)) longest = line;
    return longest && this.takeOut(longest, longest.items.length - 1);
  }

  private begin(owner: string): Line<T> {
    const line: Line<T> = { owner, items: [] };
    this.byOwner.set(owner, line);
    this.turns.push(line);
    return line;
  }

  private takeOut(line: Line<T>, at: number): T | undefined {
    const [item] = line.items.splice(at, 1);
    this.count -= 1;
    if (line.items.length === 0) {
      this.byOwner.delete(line.owner);
      this.turns.splice(this.turns.indexOf(line), 1);
    }
    return item;
  }
}

/** Who waits for at least one. */
interface Line<T> {
  readonly owner: string;
  readonly items: T[];
}
