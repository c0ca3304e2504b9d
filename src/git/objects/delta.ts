import { Unsuited } from '../libgit2/unsuited.error.js';

/**
 * What a delta of a pack makes of its base (gitformat-pack(5)): the sizes of both, then instructions to copy a part of the
 * base, or to take the bytes that follow.
 *
 * @throws Unsuited where it does not fit the base, or the result is larger than `maxBytes`
 */
export function applyDelta(base: Buffer, delta: Buffer, maxBytes: number): Buffer {
  const from = new DeltaBytes(delta);
  if (from.size() !== base.length) throw new Unsuited('odd-pack');
  const size = from.size();
  if (size > maxBytes) throw new Unsuited('large-object');
  const result = Buffer.allocUnsafe(size);
  let filled = 0;
  while (!from.ended) {
    const code = from.byte();
    const copied = (code & 0x80) !== 0;
    // The bits of the code say which bytes of offset and length follow.
    const start = copied ? from.number(code, 4) : from.at;
    const length = copied ? from.number(code >> 4, 3) || 0x1_00_00 : from.skip(code);
    const source = copied ? base : delta;
    if (length === 0 || start + length > source.length || filled + length > size)
      throw new Unsuited('odd-pack');
    copy(source, start, result, filled, length);
    filled += length;
  }
  if (filled !== size) throw new Unsuited('odd-pack');
  return result;
}

/** Of a few bytes each costs less than to call for them. */
const FEW_BYTES = 96;

function copy(from: Buffer, start: number, to: Buffer, at: number, length: number): void {
  if (length > FEW_BYTES) from.copy(to, at, start, start + length);
  else for (let step = 0; step < length; step += 1) to[at + step] = from[start + step]!;
}

class DeltaBytes {
  at = 0;

  constructor(private readonly bytes: Buffer) {}

  get ended(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    if (this.ended) throw new Unsuited('odd-pack');
    this.at += 1;
    return this.bytes[this.at - 1]!;
  }

  /** @returns `length` */
  skip(length: number): number {
    this.at += length;
    return length;
  }

  /** Of the bytes that the lowest `bits` bits of `code` name, the lowest first. */
  number(code: number, bits: number): number {
    let number = 0;
    let unit = 1;
    for (let left = code & ((1 << bits) - 1); left !== 0; left >>= 1) {
      if ((left & 1) !== 0) number += this.byte() * unit;
      unit *= 256;
    }
    return number;
  }

  /** Seven bits a byte, the lowest first. */
  size(): number {
    let size = 0;
    for (let shift = 0; shift < 7; shift += 1) {
      const byte = this.byte();
      size += (byte & 0x7f) * 128 ** shift;
      if (byte < 0x80) return size;
    }
    throw new Unsuited('odd-pack');
  }
}
