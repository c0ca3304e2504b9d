import { Unsuited } from '../libgit2/unsuited.error.js';
import { PrefixCode } from './prefix-code.js';

// RFC 1951: what each symbol for a length or a distance begins at, and how many bits of more follow it.
const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]; // prettier-ignore
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577]; // prettier-ignore
const DISTANCE_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]; // prettier-ignore
/** In which order the lengths of the codes of code lengths are told. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END = 256;
const ADLER = 65_521;
const MOST_CODES = 288 + 32;

type Codes = readonly [literals: PrefixCode, distances: PrefixCode];
/** Those that need not be told. */
const FIXED: Codes = [
  new PrefixCode().make(new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280), 0, 288),
  new PrefixCode().make(new Uint8Array(30).fill(5), 0, 30),
];
/** Nobody else reads meanwhile: nothing is waited for. */
const TOLD: Codes = [new PrefixCode(), new PrefixCode()];
const TELLING = new PrefixCode();
const small = new Uint8Array(ORDER.length);
const lengths = new Uint8Array(MOST_CODES);

/** Of so many bytes the sums of Adler cannot leave the small integers. */
const ADLER_RUN = 2_048;

/**
 * What node:zlib makes of a stream of zlib (RFC 1950), for small ones: there each costs some 30 µs to set up.
 *
 * @param bytes more may follow the stream
 * @param size of what comes out
 * @throws Unsuited where it is damaged, or makes more or fewer bytes
 */
export function inflateSmall(bytes: Buffer, size: number): Buffer {
  const [method = 0, flags = 0] = bytes;
  if ((method & 15) !== 8 || ((method << 8) | flags) % 31 !== 0 || (flags & 32) !== 0) throw damaged();
  return new Inflation(bytes, Buffer.allocUnsafe(size)).run();
}

class Inflation {
  private at = 2;
  private held = 0;
  private heldBits = 0;
  private filled = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly out: Buffer,
  ) {}

  run(): Buffer {
    for (let last = 0; last === 0;) {
      last = this.bits(1);
      const kind = this.bits(2);
      if (kind === 0) this.stored();
      else if (kind === 1) this.coded(FIXED);
      else if (kind === 2) this.coded(this.codes());
      else throw damaged();
    }
    // Whole bytes that were taken too early are given back.
    this.at -= this.heldBits >> 3;
    const { bytes, at, out } = this;
    if (this.filled !== out.length || at + 4 > bytes.length) throw damaged();
    if (bytes.readUInt32BE(at) !== adler(out)) throw damaged();
    return out;
  }

  /** At most 16. */
  private bits(count: number): number {
    this.fill(count);
    const value = this.held & ((1 << count) - 1);
    this.held >>>= count;
    this.heldBits -= count;
    return value;
  }

  private fill(count: number): void {
    while (this.heldBits < count) {
      // Past the end come zeros: the checksum is there, or the stream is damaged.
      this.held |= (this.bytes[this.at] ?? 0) << this.heldBits;
      this.at += 1;
      this.heldBits += 8;
    }
  }

  private stored(): void {
    this.at -= this.heldBits >> 3;
    this.held = 0;
    this.heldBits = 0;
    const { bytes, at } = this;
    if (at + 4 > bytes.length) throw damaged();
    const length = bytes.readUInt16LE(at);
    if (length !== (bytes.readUInt16LE(at + 2) ^ 0xff_ff)) throw damaged();
    if (at + 4 + length > bytes.length || this.filled + length > this.out.length) throw damaged();
    this.filled += bytes.copy(this.out, this.filled, at + 4, at + 4 + length);
    this.at = at + 4 + length;
  }

  private codes(): Codes {
    const [literals, distances, told] = [this.bits(5) + 257, this.bits(5) + 1, this.bits(4) + 4];
    small.fill(0);
    for (let at = 0; at < told; at += 1) small[ORDER[at] ?? 0] = this.bits(3);
    TELLING.make(small, 0, small.length);
    const count = literals + distances;
    for (let at = 0; at < count;) {
      const symbol = this.symbol(TELLING);
      if (symbol < 16) {
        lengths[at] = symbol;
        at += 1;
        continue;
      }
      const times = symbol === 16 ? 3 + this.bits(2) : symbol === 17 ? 3 + this.bits(3) : 11 + this.bits(7);
      if (at + times > count || (symbol === 16 && at === 0)) throw damaged();
      lengths.fill(symbol === 16 ? (lengths[at - 1] ?? 0) : 0, at, at + times);
      at += times;
    }
    TOLD[0].make(lengths, 0, literals);
    TOLD[1].make(lengths, literals, count);
    return TOLD;
  }

  private symbol(code: PrefixCode): number {
    this.fill(15);
    const found = code.read(this.held);
    this.held >>>= found & 15;
    this.heldBits -= found & 15;
    return found >> 4;
  }

  private coded([literals, distances]: Codes): void {
    const { out } = this;
    for (let symbol = this.symbol(literals); symbol !== END; symbol = this.symbol(literals)) {
      // Past the end of the bytes nothing but zeros is read, perhaps for ever.
      if (this.filled >= out.length || this.at > this.bytes.length + 8) throw damaged();
      if (symbol < END) {
        out[this.filled] = symbol;
        this.filled += 1;
      } else this.repeat(symbol - END - 1, distances);
    }
  }

  private repeat(length: number, distances: PrefixCode): void {
    const { out } = this;
    const start = LENGTHS[length];
    if (start === undefined) throw damaged();
    const end = this.filled + start + this.bits(LENGTH_BITS[length] ?? 0);
    const symbol = this.symbol(distances);
    const near = DISTANCES[symbol];
    if (near === undefined) throw damaged();
    const back = near + this.bits(DISTANCE_BITS[symbol] ?? 0);
    if (back > this.filled || end > out.length) throw damaged();
    for (let at = this.filled; at < end; at += 1) out[at] = out[at - back] ?? 0;
    this.filled = end;
  }
}

function adler(bytes: Buffer): number {
  let [one, other] = [1, 0];
  for (let start = 0; start < bytes.length; start += ADLER_RUN) {
    const end = Math.min(start + ADLER_RUN, bytes.length);
    for (let at = start; at < end; at += 1) {
      one += bytes[at] ?? 0;
      other += one;
    }
    one %= ADLER;
    other %= ADLER;
  }
  return other * 65_536 + one;
}

function damaged(): Unsuited {
  return new Unsuited('odd-object');
}
