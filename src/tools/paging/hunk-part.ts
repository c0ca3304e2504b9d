import { nextLine, type PatchHunk } from './patch.parser.js';

const RANGE = /^(@{2,}) ((?:-\d+(?:,\d+)? )+)\+(\d+)(?:,(\d+))? @+([^]*)$/;

interface Range {
  /** Of each parent, the result last: the number of its next line. */
  readonly next: readonly number[];
  readonly at: string;
  readonly rest: string;
}

/**
 * Some lines of a hunk as a hunk of its own, with the numbers of these lines.
 *
 * @param start where in the body the first line begins, @param end where the last one ends
 */
export function hunkPart(hunk: PatchHunk, start: number, end: number): string {
  return rangeOfPart(hunk, start, end) + hunk.body.slice(start, end);
}

/** The range of these lines alone. */
export function rangeOfPart({ range, body }: PatchHunk, start: number, end: number): string {
  if (start === 0 && end === body.length) return range;
  const whole = parseRange(range);
  if (whole === undefined) return range;
  const parents = whole.next.length - 1;
  const before = countSides(body, 0, start, parents);
  const within = countSides(body, start, end, parents);
  const sides = whole.next.map((next, side) => {
    const count = within[side] ?? 0;
    const first = next + (before[side] ?? 0);
    return `${side < parents ? '-' : '+'}${sideText(first, count, parents)}`;
  });
  return `${whole.at} ${sides.join(' ')} ${whole.at}${whole.rest}`;
}

function parseRange(range: string): Range | undefined {
  const [, at = '', old = '', first = '', count, rest = ''] = RANGE.exec(range) ?? [];
  if (at === '') return undefined;
  const sides = [
    ...old
      .trim()
      .split(' ')
      .map((side) => side.slice(1).split(',')),
    [first, count],
  ];
  // Of no lines git gives the number of the line before.
  const next = sides.map(([line, lines]) => Number(line) + (lines === '0' ? 1 : 0));
  return { next, at, rest };
}

/** How many of the lines each parent has, and the result. */
function countSides(body: string, start: number, end: number, parents: number): readonly number[] {
  const counts = Array.from({ length: parents + 1 }, () => 0);
  for (let at = start; at < end; at = nextLine(body, at)) {
    const marks = body.slice(at, at + parents);
    const removed = marks.includes('-');
    for (let side = 0; side <= parents; side += 1) {
      const has = side === parents ? !removed : marks.charAt(side) === (removed ? '-' : ' ');
      if (has) counts[side] = (counts[side] ?? 0) + 1;
    }
  }
  return counts;
}

/** As git writes it: one line is not counted, but where there are several parents. */
function sideText(first: number, count: number, parents: number): string {
  const start = count === 0 ? first - 1 : first;
  return count === 1 && parents === 1 ? `${start}` : `${start},${count}`;
}
