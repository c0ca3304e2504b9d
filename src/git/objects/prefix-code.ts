import { Unsuited } from '../libgit2/unsuited.error.js';

const LONGEST = 15;
const MOST_SYMBOLS = 288;
/** A table for all bits takes longer to make than a small object to read. */
const TABLE_BITS = 8;
const TABLE_MASK = (1 << TABLE_BITS) - 1;

/** A code of RFC 1951. It is made again for each block: so small arrays cost more to make than to fill. */
export class PrefixCode {
  /** By the next bits: the symbol, and in the lowest four bits the length of its word; 0 where that is longer. */
  private readonly table = new Uint16Array(TABLE_MASK + 1);
  /** How many words have a length. */
  private readonly counts = new Uint16Array(LONGEST + 1);
  /** Where the symbols of a length begin, then those that are not placed yet. */
  private readonly places = new Uint16Array(LONGEST + 2);
  /** Those that have a word, in the order of their words. */
  private readonly symbols = new Uint16Array(MOST_SYMBOLS);

  /**
   * @param lengths of words in bits, by symbol; 0 where there is no word
   * @throws Unsuited where there are more words than fit
   */
  make(lengths: Uint8Array, from: number, to: number): this {
    const { counts, places, symbols } = this;
    counts.fill(0);
    for (let at = from; at < to; at += 1) counts[lengths[at]!]! += 1;
    counts[0] = 0;
    for (let length = 1, free = 1; length <= LONGEST; length += 1) {
      free = free * 2 - counts[length]!;
      if (free < 0) throw new Unsuited('odd-object');
      places[length + 1] = places[length]! + counts[length]!;
    }
    for (let at = from; at < to; at += 1) {
      const length = lengths[at]!;
      if (length === 0) continue;
      symbols[places[length]!] = at - from;
      places[length]! += 1;
    }
    places.fill(0);
    this.fillTable();
    return this;
  }

  /** The bits of a word come the highest first, all others the lowest. */
  private fillTable(): void {
    const { counts, symbols, table } = this;
    table.fill(0);
    // The word, turned: one is added at its highest bit.
    for (let length = 1, place = 0, turned = 0; length <= TABLE_BITS; length += 1) {
      const high = 1 << (length - 1);
      for (const end = place + counts[length]!; place < end; place += 1) {
        const entry = (symbols[place]! << 4) | length;
        for (let at = turned; at <= TABLE_MASK; at += 1 << length) table[at] = entry;
        let bit = high;
        while ((turned & bit) !== 0) {
          turned ^= bit;
          bit >>= 1;
        }
        turned |= bit;
      }
    }
  }

  /**
   * @param bits at least 15, the first one lowest
   * @returns the symbol times 16, and the length of its word
   * @throws Unsuited where no word begins so
   */
  read(bits: number): number {
    const near = this.table[bits & TABLE_MASK]!;
    return near === 0 ? this.readFar(bits) : near;
  }

  private readFar(bits: number): number {
    for (let length = 1, word = 0, first = 0, place = 0; length <= LONGEST; length += 1) {
      word |= (bits >> (length - 1)) & 1;
      const count = this.counts[length]!;
      if (word - first < count) return (this.symbols[place + word - first]! << 4) | length;
      place += count;
      first = (first + count) << 1;
      word <<= 1;
    }
    throw new Unsuited('odd-object');
  }
}
