import { Unsuited } from '../libgit2/unsuited.error.js';

/** Lines that were replaced: where they begin on both sides, from 0, and how many there are. */
export interface LineChange {
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
}

interface Side {
  readonly lines: readonly string[];
  /** Which lines are not those of the other side. */
  readonly changed: Uint8Array;
}

/** Lines that both sides have, by their places. */
interface Shared {
  readonly old: readonly number[];
  readonly young: readonly number[];
}

/**
 * What git's comparison of two texts finds, where it has no choice: each line that it compares further (xprepare.c of
 * git says which it does not) is the same on both sides in the same order, or there are some on one side alone.
 *
 * @param before and `after`: lines with their ends
 * @throws Unsuited where git would choose between several answers
 */
export function onlyChanges(before: readonly string[], after: readonly string[]): readonly LineChange[] {
  const old: Side = { lines: before, changed: new Uint8Array(before.length) };
  const young: Side = { lines: after, changed: new Uint8Array(after.length) };
  markChanged(old, young);
  for (const side of [old, young]) requireFixed(side);
  return changesOf(old, young);
}

function markChanged(old: Side, young: Side): void {
  const [before, after] = [old.lines, young.lines];
  const least = Math.min(before.length, after.length);
  let start = 0;
  while (start < least && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < least - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const shared = {
    old: comparedFurther(old, after, start, before.length - end),
    young: comparedFurther(young, before, start, after.length - end),
  };
  markUnshared(old, young, shared);
}

/** @returns places of the lines that the other side has as well; all others are marked */
function comparedFurther(
  { lines, changed }: Side,
  others: readonly string[],
  start: number,
  end: number,
): readonly number[] {
  if (start === end) return [];
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  const many = commonFrom(lines.length);
  const found: number[] = [];
  for (let at = start; at < end; at += 1) {
    const count = counts.get(lines[at] ?? '') ?? 0;
    if (count >= many) throw new Unsuited('common-lines');
    if (count > 0) found.push(at);
    else changed[at] = 1;
  }
  return found;
}

/** A line that stands so often on the other side may not be compared: `xdl_bogosqrt`. */
function commonFrom(lines: number): number {
  let root = 1;
  for (let left = lines; left > 0; left >>= 2) root *= 2;
  return Math.min(root, 1_024);
}

function markUnshared(old: Side, young: Side, shared: Shared): void {
  const same = (one: number | undefined, other: number | undefined) =>
    old.lines[one ?? -1] === young.lines[other ?? -1];
  const least = Math.min(shared.old.length, shared.young.length);
  let start = 0;
  while (start < least && same(shared.old[start], shared.young[start])) start += 1;
  let end = 0;
  while (end < least - start && same(shared.old.at(-1 - end), shared.young.at(-1 - end))) end += 1;
  const left = shared.old.slice(start, shared.old.length - end);
  const more = shared.young.slice(start, shared.young.length - end);
  if (left.length > 0 && more.length > 0) throw new Unsuited('moved-lines');
  for (const at of left) old.changed[at] = 1;
  for (const at of more) young.changed[at] = 1;
}

/** A run of changed lines that could as well begin a line earlier or later is put where it reads best: by git. */
function requireFixed({ lines, changed }: Side): void {
  for (let start = 0; start < lines.length; start += 1) {
    if (changed[start] === 0) continue;
    let end = start;
    while (changed[end] === 1) end += 1;
    const up = start > 0 && lines[start - 1] === lines[end - 1];
    const down = end < lines.length && lines[start] === lines[end];
    if (up || down) throw new Unsuited('sliding-lines');
    start = end;
  }
}

function changesOf({ changed: old }: Side, { changed: young }: Side): readonly LineChange[] {
  const changes: LineChange[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < young.length) {
    const [oldStart, newStart] = [i, j];
    while (old[i] === 1) i += 1;
    while (young[j] === 1) j += 1;
    const [oldCount, newCount] = [i - oldStart, j - newStart];
    if (oldCount > 0 || newCount > 0) changes.push({ oldStart, oldCount, newStart, newCount });
    i += 1;
    j += 1;
  }
  return changes;
}
