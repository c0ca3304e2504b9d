import { Unsuited } from './unsuited.error.js';

export interface TreeEntry {
  readonly mode: string;
  /** One character a byte, so that comparing and joining names cannot go wrong on odd encodings. */
  readonly name: string;
  readonly sha: string;
}

export const TREE_MODE = '40000';

/** @param tree the content of a tree object of a SHA-1 repository */
export function parseTree(tree: Buffer): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  let at = 0;
  while (at < tree.length) {
    const space = tree.indexOf(0x20, at);
    const zero = tree.indexOf(0, space);
    if (space === -1 || zero === -1 || zero + 21 > tree.length) throw new Unsuited('odd-tree');
    entries.push({
      mode: tree.toString('latin1', at, space),
      name: tree.toString('latin1', space + 1, zero),
      sha: tree.toString('hex', zero + 1, zero + 21),
    });
    at = zero + 21;
  }
  return entries;
}

/** Pairs of entries that differ, `undefined` where a side has none of that name. */
export type TreeChange = readonly [before: TreeEntry | undefined, after: TreeEntry | undefined];

export function changedEntries(
  before: readonly TreeEntry[],
  after: readonly TreeEntry[],
): readonly TreeChange[] {
  const old = new Map(before.map((entry) => [entry.name, entry]));
  const changes: TreeChange[] = [];
  for (const entry of after) {
    const was = old.get(entry.name);
    old.delete(entry.name);
    if (!was || was.sha !== entry.sha || was.mode !== entry.mode) changes.push([was, entry]);
  }
  for (const was of old.values()) changes.push([was, undefined]);
  return changes;
}
