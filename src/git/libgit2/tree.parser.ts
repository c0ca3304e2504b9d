import { Unsuited } from './unsuited.error.js';

export interface TreeEntry {
  readonly mode: string;
  /** One character a byte, so that comparing and joining names cannot go wrong on odd encodings. */
  readonly name: string;
  readonly sha: string;
}

export const TREE_MODE = '40000';

/** A pair of entries that differ, `undefined` where a side has none of that name. */
export type TreeChange = readonly [before: TreeEntry | undefined, after: TreeEntry | undefined];

const ID_BYTES = 20;

/**
 * Where two trees differ. Most entries of a large folder are the same on both sides, so these are passed over byte
 * by byte and only the others are read.
 *
 * @param before and `after`: contents of tree objects of a SHA-1 repository, empty where there is none
 */
export function changedEntries(before: Buffer, after: Buffer): readonly TreeChange[] {
  const old = new Map<string, TreeEntry>();
  const young: TreeEntry[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length && j < after.length) {
    const same = sameEntry(before, i, after, j);
    if (same > 0) {
      i += same;
      j += same;
      continue;
    }
    // Both lists are sorted: the side that is behind moves on, and equal names meet in the map below.
    const order = compareNames(before, i, after, j);
    if (order <= 0) i = readEntry(before, i, (entry) => old.set(entry.name, entry));
    if (order >= 0) j = readEntry(after, j, (entry) => young.push(entry));
  }
  while (i < before.length) i = readEntry(before, i, (entry) => old.set(entry.name, entry));
  while (j < after.length) j = readEntry(after, j, (entry) => young.push(entry));
  return pair(old, young);
}

/** @param tree content of a tree object of a SHA-1 repository */
export function readTree(tree: Buffer): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < tree.length;) at = readEntry(tree, at, (entry) => entries.push(entry));
  return entries;
}

function pair(old: Map<string, TreeEntry>, young: readonly TreeEntry[]): readonly TreeChange[] {
  const changes: TreeChange[] = [];
  for (const entry of young) {
    const was = old.get(entry.name);
    old.delete(entry.name);
    // Folders sort as if their names ended in "/", so that equal entries may have been passed at different times.
    if (was?.sha !== entry.sha || was.mode !== entry.mode) changes.push([was, entry]);
  }
  return [...changes, ...[...old.values()].map((was): TreeChange => [was, undefined])];
}

/** The length of the entry that begins at `i` and `j` on both sides, 0 where the two are not the same. */
function sameEntry(a: Buffer, i: number, b: Buffer, j: number): number {
  let length = 0;
  while (a[i + length] === b[j + length]) {
    if (a[i + length] === 0) return sameId(a, i + length + 1, b, j + length + 1) ? length + 1 + ID_BYTES : 0;
    length += 1;
    if (i + length >= a.length) throw new Unsuited('odd-tree');
  }
  return 0;
}

function sameId(a: Buffer, i: number, b: Buffer, j: number): boolean {
  if (i + ID_BYTES > a.length || j + ID_BYTES > b.length) throw new Unsuited('odd-tree');
  for (let k = 0; k < ID_BYTES; k += 1) if (a[i + k] !== b[j + k]) return false;
  return true;
}

function compareNames(a: Buffer, i: number, b: Buffer, j: number): number {
  const [one, other] = [bounds(a, i), bounds(b, j)];
  return a.compare(b, other.name, other.end, one.name, one.end);
}

function bounds(tree: Buffer, at: number): { readonly name: number; readonly end: number } {
  const space = tree.indexOf(0x20, at);
  const end = tree.indexOf(0, at);
  if (space === -1 || end < space || end + ID_BYTES >= tree.length) throw new Unsuited('odd-tree');
  return { name: space + 1, end };
}

function readEntry(tree: Buffer, at: number, take: (entry: TreeEntry) => void): number {
  const { name: start, end } = bounds(tree, at);
  const name = tree.toString('latin1', start, end);
  // No git makes such a name: it would lead to another folder.
  if (name === '' || name === '.' || name === '..' || name.includes('/')) throw new Unsuited('odd-tree');
  take({
    mode: tree.toString('latin1', at, start - 1),
    name,
    sha: tree.toString('hex', end + 1, end + 1 + ID_BYTES),
  });
  return end + 1 + ID_BYTES;
}
