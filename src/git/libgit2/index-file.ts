import { Unsuited } from './unsuited.error.js';

export interface IndexFacts {
  /** Nothing but ordinary files and links at stage 0, without flags: what libgit2 and git read alike. */
  readonly plain: boolean;
  readonly entries: number;
  /** Paths of the tracked `.gitattributes`. */
  readonly attributes: readonly string[];
}

const VERSION = 2;
const HEADER = 12;
const FIXED = 62;
const MODE = 24;
const FLAGS = 60;
/** assume-valid, extended (skip-worktree, intent-to-add), stage: git treats such entries in ways of its own. */
const UNPLAIN_FLAGS = 0xf000;
const NAME_LENGTH = 0x0fff;
const PLAIN_MODES = new Set([0o100644, 0o100755, 0o120000]);
const HARMLESS_EXTENSIONS = new Set(['TREE', 'REUC', 'EOIE', 'IEOT', 'UNTR']);
const ATTRIBUTES = Buffer.from('.gitattributes');
const EMPTY: IndexFacts = { plain: true, entries: 0, attributes: [] };

/** How many entries an index says it has; it stands in its first 12 bytes. */
export function entryCount(header: Buffer): number {
  if (header.length < HEADER || header.toString('latin1', 0, 4) !== 'DIRC') throw new Unsuited('odd-index');
  return header.readUInt32BE(8);
}

/** Goes through the entries of an index of version 2, in their order. */
export class IndexEntries {
  /** Where the entry begins, and its name begins and ends. */
  at = 0;
  nameStart = 0;
  nameEnd = 0;
  private next = HEADER;
  private left: number;

  /** @throws Unsuited for another version, and for what cannot be one */
  constructor(private readonly index: Buffer) {
    this.left = entryCount(index);
    if (index.readUInt32BE(4) !== VERSION || this.left * FIXED > index.length)
      throw new Unsuited('odd-index');
  }

  /** @returns false at the end @throws Unsuited for an entry that is damaged */
  move(): boolean {
    if (this.left === 0) return false;
    this.left -= 1;
    this.at = this.next;
    this.nameStart = this.at + FIXED;
    this.nameEnd = this.index.indexOf(0, this.nameStart);
    const length = Math.min(this.nameEnd - this.nameStart, NAME_LENGTH);
    if (length < 0 || (this.flags & NAME_LENGTH) !== length) throw new Unsuited('odd-index');
    this.next += (this.nameEnd - this.at + 8) & ~7;
    return true;
  }

  get flags(): number {
    return this.index.readUInt16BE(this.at + FLAGS);
  }

  get mode(): number {
    return this.index.readUInt32BE(this.at + MODE);
  }

  /** Whether nothing but what changes no entry follows the last one. */
  endsPlainly(): boolean {
    return this.left === 0 && hasHarmlessExtensions(this.index, this.next);
  }
}

/** @param index the whole file, `null` where there is none yet */
export function readIndexFacts(index: Buffer | null): IndexFacts {
  if (index === null) return EMPTY;
  const count = entryCount(index);
  if (index.readUInt32BE(4) !== VERSION) return { plain: false, entries: count, attributes: [] };
  const attributes: string[] = [];
  let plain = true;
  const entries = new IndexEntries(index);
  while (entries.move()) {
    if ((entries.flags & UNPLAIN_FLAGS) !== 0 || !PLAIN_MODES.has(entries.mode)) plain = false;
    const { nameStart, nameEnd } = entries;
    if (endsWithAttributes(index, nameStart, nameEnd))
      attributes.push(index.toString('utf8', nameStart, nameEnd));
  }
  return { plain: plain && entries.endsPlainly(), entries: count, attributes };
}

/** @throws Unsuited for an index in a format whose names are not simply there to be read */
export function trackedAttributes(index: Buffer): readonly string[] {
  entryCount(index);
  if (index.readUInt32BE(4) !== VERSION) throw new Unsuited('odd-index');
  return index.includes(ATTRIBUTES) ? readIndexFacts(index).attributes : [];
}

/** Whether the name of an entry is that of a file of attributes, in whatever folder. */
export function endsWithAttributes(index: Buffer, start: number, end: number): boolean {
  const from = end - ATTRIBUTES.length;
  // 's' is cheap to look at, the comparison is not.
  if (from < start || index[end - 1] !== 0x73) return false;
  return index.compare(ATTRIBUTES, 0, ATTRIBUTES.length, from, end) === 0;
}

function hasHarmlessExtensions(index: Buffer, from: number): boolean {
  let at = from;
  // The checksum of 20 bytes comes last.
  while (at + 8 <= index.length - 20) {
    if (!HARMLESS_EXTENSIONS.has(index.toString('latin1', at, at + 4))) return false;
    at += 8 + index.readUInt32BE(at + 4);
  }
  return at === index.length - 20;
}
