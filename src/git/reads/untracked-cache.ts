const SIGNATURE = 'UNTR';
/** Before the entries of an index. */
const HEADER_BYTES = 12;
const EXTENSION_HEAD = 8;
/** Stat data of two files of excludes, and flags: gitformat-index(5), "Untracked cache". */
const FIXED_BYTES = 2 * 36 + 4;
const HASH_BYTES = { sha1: 20, sha256: 32 } as const;
const WORD_BITS = 64;

const NONE: NotedFolders = { folders: [], lookedInto: [], untracked: [] };

/** What an index's notes of folders hold, as paths from the top. */
export interface NotedFolders {
  /** All that git has read, the top first, which is empty; none where there are no notes. */
  readonly folders: readonly Buffer[];
  /** Untracked, and looked into for anything untracked and no more: none was a repository of its own, which git does not ask again. */
  readonly lookedInto: readonly Buffer[];
  /** Untracked, with something untracked in them, or repositories of their own. */
  readonly untracked: readonly Buffer[];
}

/** @param index the whole file @returns `undefined` where the notes cannot be read */
export function notedFolders(index: Buffer, objectFormat: keyof typeof HASH_BYTES): NotedFolders | undefined {
  const hashBytes = HASH_BYTES[objectFormat];
  const notes = extensionOf(index, hashBytes);
  if (notes === undefined) return NONE;
  try {
    return new Notes(notes).folders(hashBytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The extensions are the last part of an index: that it is one shows by those behind it ending where they must. */
function extensionOf(index: Buffer, hashBytes: number): Buffer | undefined {
  const end = index.length - hashBytes;
  for (let at = index.lastIndexOf(SIGNATURE); at >= HEADER_BYTES; at = index.lastIndexOf(SIGNATURE, at - 1)) {
    let next = at;
    while (next + EXTENSION_HEAD <= end) next += EXTENSION_HEAD + index.readUInt32BE(next + 4);
    if (next === end)
      return index.subarray(at + EXTENSION_HEAD, at + EXTENSION_HEAD + index.readUInt32BE(at + 4));
  }
  return undefined;
}

/** @throws RangeError where it ends before it should */
class Notes {
  private at = 0;
  private readonly untracked: Buffer[] = [];

  constructor(private readonly bytes: Buffer) {}

  folders(hashBytes: number): NotedFolders {
    this.skip(this.number());
    this.skip(FIXED_BYTES + 2 * hashBytes);
    this.name();
    const count = this.number();
    const folders: Buffer[] = [];
    while (folders.length < count) this.folder(undefined, folders);
    if (count === 0) return NONE;
    this.bits(count);
    const isOnlyLookedInto = this.bits(count);
    return {
      folders,
      lookedInto: folders.filter((_, index) => isOnlyLookedInto(index)),
      untracked: this.untracked,
    };
  }

  /** One and those within it, depth first. */
  private folder(above: Buffer | undefined, found: Buffer[]): void {
    const names = this.number();
    let within = this.number();
    const name = this.name();
    const path = joined(above, name);
    found.push(path);
    for (let read = 0; read < names; read += 1) {
      const entry = this.name();
      if (entry.at(-1) === SLASH) this.untracked.push(joined(path, entry.subarray(0, -1)));
    }
    for (; within > 0; within -= 1) this.folder(path, found);
  }

  /** Seven bits a byte, the highest first, and each further byte counts one more. */
  private number(): number {
    let byte = this.bytes.readUInt8(this.at++);
    let value = byte & 0x7f;
    while (byte >= 0x80) {
      byte = this.bytes.readUInt8(this.at++);
      value = (value + 1) * 128 + (byte & 0x7f);
    }
    return value;
  }

  private name(): Buffer {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw new RangeError('A name does not end');
    const name = this.bytes.subarray(this.at, end);
    this.at = end + 1;
    return name;
  }

  /** A bitmap in runs: a word says how many words are all alike, and how many follow as they are. */
  private bits(count: number): (index: number) => boolean {
    const words = this.bytes.readUInt32BE(this.at + 4);
    const start = this.at + 8;
    this.at = start + words * 8 + 4;
    const set = new Set<number>();
    let bit = 0;
    for (let word = 0; word < words; word += 1) {
      const marker = this.bytes.readBigUInt64BE(start + word * 8);
      const alike = Number((marker >> 1n) & 0xffff_ffffn) * WORD_BITS;
      if ((marker & 1n) === 1n)
        for (let one = bit; one < Math.min(bit + alike, count); one += 1) set.add(one);
      bit += alike;
      for (let literals = Number(marker >> 33n); literals > 0; literals -= 1) {
        word += 1;
        const literal = this.bytes.readBigUInt64BE(start + word * 8);
        for (let one = 0; one < WORD_BITS; one += 1)
          if (((literal >> BigInt(one)) & 1n) === 1n) set.add(bit + one);
        bit += WORD_BITS;
      }
    }
    return (index) => set.has(index);
  }

  private skip(bytes: number): void {
    this.at += bytes;
  }
}

const SLASH = 0x2f;

function joined(above: Buffer | undefined, name: Buffer): Buffer {
  return above === undefined || above.length === 0
    ? name
    : Buffer.concat([above, Buffer.from([SLASH]), name]);
}
