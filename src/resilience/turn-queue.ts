import { FairQueue } from './fair-queue.js';
import { type Turn } from './turn.js';

/**
 * Who waits takes turns by principal, and within a principal by owner: somebody with a hundred sessions delays somebody
 * with one by a single turn.
 */
export class TurnQueue<T> {
  private readonly byPrincipal = new Map<string, FairQueue<T>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  push({ principal, owner }: Turn, item: T): void {
    const line = this.byPrincipal.get(principal) ?? new FairQueue<T>();
    line.push(owner, item);
    this.byPrincipal.set(principal, line);
    this.count += 1;
  }

  /** The next in turn; its principal goes to the end of the line, as does its owner within that. */
  shift(): T | undefined {
    for (const [principal, line] of this.byPrincipal) {
      const item = line.shift();
      this.count -= 1;
      // Who is alone stays where it is.
      if (this.byPrincipal.size === 1 && line.size > 0) return item;
      this.byPrincipal.delete(principal);
      if (line.size > 0) this.byPrincipal.set(principal, line);
      return item;
    }
    return undefined;
  }

  /** @returns whether it still waited */
  remove({ principal, owner }: Turn, item: T): boolean {
    const line = this.byPrincipal.get(principal);
    if (!line?.remove(owner, item)) return false;
    this.taken(principal, line);
    return true;
  }

  /** Whether so many more of an owner would be within its share of `places`, and its principal within its own. */
  isWithinShare({ principal, owner }: Turn, more: number, places: number): boolean {
    const line = this.byPrincipal.get(principal);
    const share = Math.ceil(places / (this.byPrincipal.size + (line ? 0 : 1)));
    const waiting = line?.waitingOf(owner) ?? 0;
    const owners = (line?.owners ?? 0) + (waiting === 0 ? 1 : 0);
    return (line?.size ?? 0) + more <= share && waiting + more <= Math.ceil(share / owners);
  }

  /** Whether anybody would have to make room for so many more of an owner. */
  hasRoomFor(turn: Turn, more: number): boolean {
    return this.longest(turn, more) !== undefined || this.ownIsLonger(turn, more);
  }

  /**
   * Takes out what makes room for one more of an owner: the newest of whoever waits for the most, of the principal that
   * waits for more than its own, or else of its own.
   */
  makeRoomFor(turn: Turn): T | undefined {
    const longest = this.longest(turn, 1);
    const [principal, line] = longest ?? [turn.principal, this.byPrincipal.get(turn.principal)];
    const dropped = line?.dropFromLongest(longest ? 0 : line.waitingOf(turn.owner) + 1);
    if (line && dropped !== undefined) this.taken(principal, line);
    return dropped;
  }

  private taken(principal: string, line: FairQueue<T>): void {
    if (line.size === 0) this.byPrincipal.delete(principal);
    this.count -= 1;
  }

  /** Of the principals that wait for more than this one would, who waits for the most. */
  private longest({ principal }: Turn, more: number): [string, FairQueue<T>] | undefined {
    let most = (this.byPrincipal.get(principal)?.size ?? 0) + more;
    let longest: [string, FairQueue<T>] | undefined;
    for (const entry of this.byPrincipal) {
      if (entry[1].size <= most) continue;
      most = entry[1].size;
      longest = entry;
    }
    return longest;
  }

  private ownIsLonger({ principal, owner }: Turn, more: number): boolean {
    const line = this.byPrincipal.get(principal);
    return line?.hasLongerThan(line.waitingOf(owner) + more) ?? false;
  }
}
