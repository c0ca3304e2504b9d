import { type Hunk } from './hunk.parser.js';

/** Git compares in blocks of this size from the end. */
const BLOCK = 1_024;
/** From here on the search for the shortest script may give up. */
const MAX_CHANGED_LINES = 200;
const NEWLINE = 0x0a;

/**
 * Where no context is asked for git leaves off the end that two files share before it compares them, which libgit2 does
 * not. Mostly that changes nothing: this says where it certainly does not.
 *
 * @param hunks from `before` to `after`, by libgit2
 */
export function isSameWithoutTail(before: Buffer, after: Buffer, hunks: readonly Hunk[]): boolean {
  const tail = sharedTail(before, after);
  if (tail === 0) return true;
  const [old, young] = [linesOf(before), linesOf(after)];
  const tailLines = linesOf(after.subarray(after.length - tail)).length;
  const middle = middleOf(old, young, tailLines);
  if (middle === undefined) return false;
  const { start, oldEnd, youngEnd } = middle;
  const sides: Sides = {
    old,
    young,
    oldMiddle: old.slice(start, oldEnd),
    youngMiddle: young.slice(start, youngEnd),
    tailLines,
  };
  const last = hunks.at(-1);
  if (last === undefined) return false;
  const oldLast = [
    last.removed.length === 0 ? last.oldStart : last.oldStart - 1,
    last.removed.length,
  ] as const;
  const youngLast = [last.count === 0 ? last.start : last.start - 1, last.count] as const;
  return (
    hasOneScript(sides) &&
    endsBefore(old, old.length - tailLines, oldLast) &&
    endsBefore(young, young.length - tailLines, youngLast)
  );
}

interface Sides {
  readonly old: readonly string[];
  readonly young: readonly string[];
  readonly oldMiddle: readonly string[];
  readonly youngMiddle: readonly string[];
  readonly tailLines: number;
}

/** Bytes; whole lines. */
function sharedTail(before: Buffer, after: Buffer): number {
  const smaller = Math.min(before.length, after.length);
  let length = 0;
  while (
    length + BLOCK <= smaller &&
    before.compare(
      after,
      after.length - length - BLOCK,
      after.length - length,
      before.length - length - BLOCK,
      before.length - length,
    ) === 0
  )
    length += BLOCK;
  if (length === 0) return 0;
  const newline = before.indexOf(NEWLINE, before.length - length);
  return newline === -1 ? 0 : before.length - newline - 1;
}

/** One character a byte. The end of a line belongs to it. */
function linesOf(content: Buffer): readonly string[] {
  return content.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** What lies between the lines that both begin and end with; `undefined` where these would overlap. */
function middleOf(old: readonly string[], young: readonly string[], tailLines: number) {
  const shorter = Math.min(old.length, young.length) - tailLines;
  let start = 0;
  while (start < shorter && old[start] === young[start]) start += 1;
  if (start === shorter) return undefined;
  let end = tailLines;
  while (end < shorter + tailLines - start && old.at(-1 - end) === young.at(-1 - end)) end += 1;
  return { start, oldEnd: old.length - end, youngEnd: young.length - end };
}

/** The lines that both have between are each there once, in one order, and are few elsewhere: nobody can match them otherwise. */
function hasOneScript({ old, young, oldMiddle, youngMiddle, tailLines }: Sides): boolean {
  const places = new Map(oldMiddle.map((line, at) => [line, at]));
  const common = youngMiddle.filter((line) => places.has(line));
  if (common.length === 0) return true;
  if (oldMiddle.length + youngMiddle.length > MAX_CHANGED_LINES) return false;
  const [oldTimes, youngTimes] = [timesIn(oldMiddle), timesIn(youngMiddle)];
  const [oldAll, youngAll] = [timesIn(old), timesIn(young)];
  const most = Math.min(rareBelow(old.length - tailLines), rareBelow(young.length - tailLines));
  return common.every(
    (line, at) =>
      oldTimes.get(line) === 1 &&
      youngTimes.get(line) === 1 &&
      Math.max(oldAll.get(line) ?? 0, youngAll.get(line) ?? 0) < most &&
      (at === 0 || (places.get(common[at - 1] ?? '') ?? 0) < (places.get(line) ?? 0)),
  );
}

function timesIn(lines: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const line of lines) times.set(line, (times.get(line) ?? 0) + 1);
  return times;
}

/** Lines that are as frequent as this may be passed over in the comparison: about the square root, as git has it. */
function rareBelow(lines: number): number {
  let root = 1;
  for (let left = lines; left > 0; left >>= 2) root <<= 1;
  return root;
}

/**
 * A run of changed lines may stand a little further down with the same effect, and where is decided by the lines around
 * it: all of that has to lie before the tail.
 */
function endsBefore(
  lines: readonly string[],
  limit: number,
  [start, count]: readonly [number, number],
): boolean {
  if (count === 0) return start <= limit;
  let end = start + count;
  const movesUp = start > 0 && lines[start - 1] === lines[end - 1];
  const from = end;
  while (end < lines.length && lines[end - count] === lines[end]) end += 1;
  if (end > limit) return false;
  if (end === from && !movesUp) return true;
  return lines.slice(end + 1, limit).some((line) => line.trim() !== '');
}
