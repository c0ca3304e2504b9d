import { addParent, type Slot, slotsOf } from './combined-slots.js';
import { type Hunk } from './hunk.parser.js';

const PARENTS = [0, 1] as const;
/** Bits of the parents. */
const BOTH = 3;
const COMMENT_BYTES = 40;

/**
 * What a merge did to its two parents, in the form of `git show --cc` and by the rules of git's combine-diff.c.
 *
 * @param lines of the result, without their ends
 * @param parents the hunks that lead from each of the two parents to the result, without context
 * @returns the hunks, `''` where each part of the result is that of one parent
 */
export function combinedHunks(
  lines: readonly string[],
  parents: readonly [readonly Hunk[], readonly Hunk[]],
  contextLines: number,
): string {
  const slots = slotsOf(lines);
  const ends = PARENTS.map((parent) => addParent(slots, parent, parents[parent])) as [number, number];
  for (const slot of slots) slot.shown = isChanged(slot);
  hideSettled(slots, contextLines);
  if (!slots.some(({ shown }) => shown)) return '';
  showContext(slots, contextLines);
  return print(slots, ends);
}

function isChanged({ added, lost }: Slot): boolean {
  return added !== 0 || lost.length > 0;
}

/** The end of a group as far as context is concerned: of a line that is there only for what was lost before it, it is that line. */
function tail(slots: readonly Slot[], begin: number, end: number): number {
  return begin + 1 <= end && slots[end - 1]?.added === 0 ? end - 1 : end;
}

/** A group of changes in which the result is that of one parent needed no hand. */
function hideSettled(slots: readonly Slot[], contextLines: number): void {
  let begin = 0;
  while ((begin = nextShown(slots, begin)) < slots.length) {
    const end = groupEnd(slots, begin, contextLines);
    const group = slots.slice(begin, end);
    const kinds = new Set(
      group.flatMap(({ added, lost }) => [
        ...(added === 0 ? [] : [added]),
        ...lost.map(({ parents }) => parents),
      ]),
    );
    if (kinds.size === 1 && !kinds.has(BOTH)) for (const slot of group) slot.shown = false;
    begin = end;
  }
}

/** Changes that are less than the context apart are one group. */
function groupEnd(slots: readonly Slot[], begin: number, contextLines: number): number {
  let at = begin + 1;
  for (; at < slots.length; at += 1) {
    if (slots[at]?.shown) continue;
    let ahead = Math.min(tail(slots, begin, at) + contextLines, slots.length) - 1;
    while (ahead >= at && !slots[ahead]?.shown) ahead -= 1;
    if (ahead < at) return at;
    at = ahead;
  }
  return at;
}

function nextShown(slots: readonly Slot[], from: number, shown = true): number {
  let at = from;
  while (at < slots.length && slots[at]?.shown !== shown) at += 1;
  return at;
}

function showContext(slots: readonly Slot[], contextLines: number): void {
  let at = nextShown(slots, 0);
  while (at < slots.length) {
    for (const slot of slots.slice(Math.max(0, at - contextLines), at)) {
      if (!slot.shown) slot.withoutLost = true;
      slot.shown = true;
    }
    for (;;) {
      let end = nextShown(slots, at, false);
      if (end >= slots.length) return;
      const next = nextShown(slots, end);
      end = tail(slots, at, end);
      const isNear = next < end + contextLines;
      for (const slot of slots.slice(end, isNear ? next : end + contextLines)) slot.shown = true;
      at = next;
      if (!isNear) break;
    }
  }
}

function print(slots: readonly Slot[], ends: readonly [number, number]): string {
  let text = '';
  let comment = '';
  let at = 0;
  while (at < slots.length) {
    const slot = slots[at];
    if (!slot?.shown) {
      comment = commentOf(slot?.text ?? '') ?? comment;
      at += 1;
      continue;
    }
    const end = nextShown(slots, at, false);
    const hunk = slots.slice(at, end);
    const count = hunk.filter(({ text }) => text !== undefined).length;
    const ranges = PARENTS.map((parent) => {
      const from = slot.next[parent];
      return `-${from},${(slots[end]?.next[parent] ?? ends[parent]) - from}`;
    });
    text += `@@@ ${ranges.join(' ')} +${at + 1},${count} @@@${comment}\n${hunk.map(linesOf).join('')}`;
    comment = '';
    at = end;
  }
  return text;
}

function linesOf({ text, added, lost, withoutLost }: Slot): string {
  const before = withoutLost ? [] : lost.map((line) => `${signs(line.parents, '-')}${line.text}\n`);
  return [...before, ...(text === undefined ? [] : [`${signs(added, '+')}${text}\n`])].join('');
}

function signs(parents: number, sign: string): string {
  return PARENTS.map((parent) => (parents & (1 << parent) ? sign : ' ')).join('');
}

/** A line that looks like the beginning of a function; git leaves out the last character of what it has room for. */
function commentOf(line: string): string | undefined {
  if (!/^[A-Za-z_$]/.test(line)) return undefined;
  const bytes = Buffer.from(line).subarray(0, COMMENT_BYTES);
  const last = bytes.findLastIndex((byte) => !SPACES.has(byte));
  return last <= 0 ? '' : ` ${bytes.toString('utf8', 0, last)}`;
}

/** What git's isspace knows. */
const SPACES = new Set([0x09, 0x0a, 0x0d, 0x20]);
