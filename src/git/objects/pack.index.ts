import { Unsuited } from '../libgit2/unsuited.error.js';
import { OpenFile } from './open-file.js';

// gitformat-pack(5), version 2: magic, version, 256 counts, then ids, checksums and offsets as tables. Big endian.
const MAGIC = 0xff_74_4f_63;
const COUNTS_AT = 8;
const TABLES_AT = COUNTS_AT + 256 * 4;
const ID_BYTES = 20;
const FAR = 0x80_00_00_00;
/** So many ids of a sound index never begin alike; in one that was made to hold up the server all of them may. */
const MAX_ALIKE = 64;

/** Tells where in a pack an object is. */
export class PackIndex {
  private readonly file: OpenFile;
  private readonly count: number;

  /** @throws Unsuited for what is no index of version 2 */
  constructor(path: string) {
    this.file = OpenFile.open(path);
    try {
      if (this.file.uint32(0) !== MAGIC || this.file.uint32(4) !== 2) throw new Unsuited('odd-pack');
      this.count = this.countTo(255);
      if (TABLES_AT + this.count * (ID_BYTES + 8) > this.file.size) throw new Unsuited('odd-pack');
    } catch (error) {
      this.file.close();
      throw error;
    }
  }

  /** @param id 20 bytes @returns bytes from the start of the pack, `undefined` where the pack does not have it */
  offsetOf(id: Buffer): number | undefined {
    const first = id.readUInt8(0);
    let low = first === 0 ? 0 : this.countTo(first - 1);
    let high = this.countTo(first);
    if (low > high || high > this.count) throw new Unsuited('odd-pack');
    const head = id.readUInt32BE(0);
    // The first of those whose beginning is not below that of the id.
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.headOf(middle) < head) low = middle + 1;
      else high = middle;
    }
    const end = Math.min(this.count, low + MAX_ALIKE);
    for (; low < end && this.headOf(low) === head; low += 1)
      if (id.equals(this.file.bytes(TABLES_AT + low * ID_BYTES, ID_BYTES))) return this.offsetAt(low);
    if (low === end && end < this.count) throw new Unsuited('odd-pack');
    return undefined;
  }

  close(): void {
    this.file.close();
  }

  private offsetAt(place: number): number {
    const table = TABLES_AT + this.count * (ID_BYTES + 4);
    const near = this.file.uint32(table + place * 4);
    if (near < FAR) return near;
    const far = this.file.bytes(table + this.count * 4 + (near - FAR) * 8, 8).readBigUInt64BE(0);
    return Number(far);
  }

  /** Its first four bytes. */
  private headOf(place: number): number {
    return this.file.uint32(TABLES_AT + place * ID_BYTES);
  }

  /** How many objects have an id whose first byte is at most this. */
  private countTo(byte: number): number {
    return this.file.uint32(COUNTS_AT + byte * 4);
  }
}
