import { Unsuited } from '../libgit2/unsuited.error.js';
import { OpenFile } from './open-file.js';

// gitformat-pack(5), version 2: magic, version, 256 counts, then ids, checksums and offsets as tables. Big endian.
const MAGIC = 0xff_74_4f_63;
const COUNTS_AT = 8;
const TABLES_AT = COUNTS_AT + 256 * 4;
const ID_BYTES = 20;
const FAR = 0x80_00_00_00;
/** So many ids are read at once; before, a step at a time halves them. */
const RUN = 256;

/** Tells where in a pack an object is. */
export class PackIndex {
  private readonly file: OpenFile;
  private readonly count: number;

  /** @throws Unsuited for what is no index of version 2 */
  constructor(path: string) {
    this.file = OpenFile.open(path);
    try {
      const head = this.file.bytes(0, COUNTS_AT);
      if (head.readUInt32BE(0) !== MAGIC || head.readUInt32BE(4) !== 2) throw new Unsuited('odd-pack');
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
    while (high - low > RUN) {
      const middle = Math.floor((low + high) / 2);
      if (this.ids(middle, 1).compare(id) <= 0) low = middle;
      else high = middle;
    }
    const run = this.ids(low, high - low);
    for (let at = 0; at < run.length; at += ID_BYTES)
      if (id.compare(run, at, at + ID_BYTES) === 0) return this.offsetAt(low + at / ID_BYTES);
    return undefined;
  }

  close(): void {
    this.file.close();
  }

  private offsetAt(place: number): number {
    const table = TABLES_AT + this.count * (ID_BYTES + 4);
    const near = this.file.bytes(table + place * 4, 4).readUInt32BE(0);
    if (near < FAR) return near;
    const far = this.file.bytes(table + this.count * 4 + (near - FAR) * 8, 8).readBigUInt64BE(0);
    return Number(far);
  }

  private ids(from: number, count: number): Buffer {
    return this.file.bytes(TABLES_AT + from * ID_BYTES, count * ID_BYTES);
  }

  /** How many objects have an id whose first byte is at most this. */
  private countTo(byte: number): number {
    return this.file.bytes(COUNTS_AT + byte * 4, 4).readUInt32BE(0);
  }
}
