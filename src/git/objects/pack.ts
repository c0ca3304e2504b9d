import { Unsuited } from '../libgit2/unsuited.error.js';
import { applyDelta } from './delta.js';
import { deflatedBound, inflate } from './inflate.js';
import { OpenFile } from './open-file.js';
import { PackIndex } from './pack.index.js';

const ID_BYTES = 20;
const HEADER_BYTES = 32;
const MAX_DELTAS = 50;
const MAX_KEPT_BYTES = 2 ** 20;
/** A file that is larger is left to git by all others. */
const HUGE_BYTES = 512 * 1024;
/** Why it is not read. */
export const HUGE_OBJECT = 'huge-object';
const OFFSET_DELTA = 6;
const ID_DELTA = 7;
const TYPES: ReadonlyMap<number, ObjectType> = new Map([
  [1, 'commit'],
  [2, 'tree'],
  [3, 'blob'],
  [4, 'tag'],
]);

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface StoredObject {
  readonly type: ObjectType;
  readonly data: Buffer;
}

interface Entry {
  readonly type: number;
  readonly size: number;
  /** Of what follows its head. */
  readonly start: number;
  /** Where the base of a delta is, from the start of the pack. */
  readonly base: number | undefined;
}

/** A pack with its index, for as long as one question takes. */
export class Pack {
  private readonly index: PackIndex;
  private file: OpenFile | undefined;
  /** By offset. */
  private readonly known = new Map<number, StoredObject>();
  private room = MAX_KEPT_BYTES;

  /** @param path without `.pack` or `.idx` @param maxBytes larger objects are not read */
  constructor(
    private readonly path: string,
    private readonly maxBytes: number,
  ) {
    this.index = new PackIndex(`${path}.idx`);
  }

  /**
   * @param deadline by `performance.now()`
   * @throws Unsuited for what is too large, too deep, or damaged
   */
  read(id: Buffer, deadline: number): StoredObject | undefined {
    const offset = this.index.offsetOf(id);
    if (offset === undefined) return undefined;
    this.file ??= OpenFile.open(`${this.path}.pack`);
    return this.readAt(this.file, offset, deadline);
  }

  close(): void {
    this.index.close();
    this.file?.close();
  }

  private readAt(file: OpenFile, offset: number, deadline: number): StoredObject {
    const deltas: { readonly at: number; readonly delta: Buffer }[] = [];
    let at = offset;
    let known = this.known.get(at);
    while (known === undefined) {
      const entry = this.entry(file, at);
      requireTime(deadline);
      if (entry.base === undefined) known = this.keep(at, this.whole(file, entry));
      else {
        if (deltas.length >= MAX_DELTAS) throw new Unsuited('deep-delta');
        deltas.push({ at, delta: this.content(file, entry) });
        at = entry.base;
        known = this.known.get(at);
      }
    }
    const { type } = known;
    return deltas.reduceRight((under, { at: place, delta }) => {
      requireTime(deadline);
      return this.keep(place, { type, data: applyDelta(under.data, delta, this.maxBytes) });
    }, known);
  }

  private whole(file: OpenFile, entry: Entry): StoredObject {
    const type = TYPES.get(entry.type);
    if (type === undefined) throw new Unsuited('odd-pack');
    return { type, data: this.content(file, entry) };
  }

  /** What is asked for next is often stored as a difference from what was asked for before. */
  private keep(offset: number, object: StoredObject): StoredObject {
    this.room -= object.data.length;
    if (this.room >= 0) this.known.set(offset, object);
    return object;
  }

  private content(file: OpenFile, { start, size }: Entry): Buffer {
    return inflate(file.bytes(start, Math.min(deflatedBound(size), file.size - start)), size);
  }

  /** Three bits of type and four of size, then seven of size a byte; for a delta also where its base is. */
  private entry(file: OpenFile, offset: number): Entry {
    const head = file.bytes(offset, Math.min(HEADER_BYTES, Math.max(0, file.size - offset)));
    let at = 0;
    const next = (): number => {
      const byte = head[at];
      if (byte === undefined) throw new Unsuited('odd-pack');
      at += 1;
      return byte;
    };
    let byte = next();
    const type = (byte >> 4) & 7;
    let size = byte & 15;
    for (let unit = 16; byte >= 0x80; unit *= 128) {
      byte = next();
      size += (byte & 0x7f) * unit;
    }
    if (size > this.maxBytes) throw new Unsuited(size > HUGE_BYTES ? HUGE_OBJECT : 'large-object');
    let base: number | undefined;
    if (type === OFFSET_DELTA) base = offset - distance(next);
    if (type === ID_DELTA) {
      const id = head.subarray(at, at + ID_BYTES);
      if (id.length === ID_BYTES) base = this.index.offsetOf(id);
      if (base === undefined) throw new Unsuited('odd-pack');
      at += ID_BYTES;
    }
    return { type, size, start: offset + at, base };
  }
}

/** The deltas of one object may take longer than all else. */
function requireTime(deadline: number): void {
  if (performance.now() > deadline) throw new Unsuited('slow-disk');
}

/** Seven bits a byte, the highest first, and each further byte counts one more. */
function distance(next: () => number): number {
  let byte = next();
  let value = byte & 0x7f;
  while (byte >= 0x80) {
    byte = next();
    value = (value + 1) * 128 + (byte & 0x7f);
  }
  if (value === 0) throw new Unsuited('odd-pack');
  return value;
}
