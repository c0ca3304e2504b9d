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
    const part = code & 0x80 ? copied(base, from, code) : from.take(code);
    if (part.length === 0 || filled + part.length > size) throw new Unsuited('odd-pack');
    filled += part.copy(result, filled);
  }
  if (filled !== size) throw new Unsuited('odd-pack');
  return result;
}

/** The bits of the code say which bytes of offset and length follow. */
function copied(base: Buffer, from: DeltaBytes, code: number): Buffer {
  let offset = 0;
  for (let bit = 0; bit < 4; bit += 1) if (code & (1 << bit)) offset += from.byte() * 256 ** bit;
  let length = 0;
  for (let bit = 0; bit < 3; bit += 1) if (code & (16 << bit)) length += from.byte() * 256 ** bit;
  if (length === 0) length = 0x1_00_00;
  if (offset + length > base.length) throw new Unsuited('odd-pack');
  return base.subarray(offset, offset + length);
}

class DeltaBytes {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get ended(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new Unsuited('odd-pack');
    this.at += 1;
    return byte;
  }

  take(length: number): Buffer {
    const part = this.bytes.subarray(this.at, this.at + length);
    if (part.length < length) throw new Unsuited('odd-pack');
    this.at += length;
    return part;
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
