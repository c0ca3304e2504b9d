import { MAX_READ_BYTES } from '../../git/history/blob.reader.js';

/** Lines from 1, both included; or bytes from 0, `end` being the first one that is not part of it. */
export type ContentRange =
  | { readonly kind: 'lines'; readonly first: number; readonly last: number }
  | { readonly kind: 'bytes'; readonly start: number; readonly end: number };

export interface ContentPart {
  readonly start: number;
  readonly end: number;
  /** Absent where nothing of the range is left. */
  readonly next?: number;
}

const LINE_END = 0x0a;
/** A page that ends within a line holds at least this share of what it could hold. */
const WHOLE_LINES_SHARE = 0.5;

/** Of how many bytes from the beginning a page can be made. Where a line is cannot be told before it is read. */
export function neededBytes(range: ContentRange, from: number, room: number): number {
  if (range.kind === 'lines') return MAX_READ_BYTES;
  return Math.min(Math.max(range.start, from) + room, range.end);
}

/** Where the range lies in the content; lines and bytes beyond its end are none. */
export function spanOf(
  content: Buffer,
  range: ContentRange,
): { readonly start: number; readonly end: number } {
  if (range.kind === 'bytes') {
    const end = Math.min(range.end, content.length);
    return { start: Math.min(range.start, end), end };
  }
  const start = startOfLine(content, range.first, 0, 1);
  return { start, end: startOfLine(content, range.last + 1, start, range.first) };
}

/**
 * The part of a span that there is room for.
 *
 * @param fits whether the answer has room for these bytes
 * @param byLine end after a whole line where that leaves enough, else between characters; else between any two bytes
 */
export function contentPart(
  content: Buffer,
  { start, end }: { readonly start: number; readonly end: number },
  {
    room,
    fits,
    byLine,
  }: { readonly room: number; readonly fits: (part: Buffer) => boolean; readonly byLine: boolean },
): ContentPart {
  let stop = Math.min(end, start + room);
  while (stop > start + 1 && !fits(content.subarray(start, stop)))
    stop = start + Math.floor((stop - start) * 0.8);
  if (stop >= end) return { start, end };
  if (byLine) stop = endOfText(content, start, stop);
  return { start, end: stop, next: stop };
}

function endOfText(content: Buffer, start: number, stop: number): number {
  const line = content.lastIndexOf(LINE_END, stop - 1) + 1;
  if (line > start + (stop - start) * WHOLE_LINES_SHARE) return line;
  // A byte that begins with the bits 10 goes on with a character, of four bytes at most.
  let end = stop;
  while (end > stop - 4 && ((content[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end > start && end > stop - 4 ? end : stop;
}

/** @param at where line `known` begins */
function startOfLine(content: Buffer, line: number, at: number, known: number): number {
  let start = at;
  for (let number = known; number < line; number += 1) {
    const next = content.indexOf(LINE_END, start);
    if (next < 0) return content.length;
    start = next + 1;
  }
  return start;
}

export function countLineEnds(content: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = content.indexOf(LINE_END, start); at >= 0 && at < end; at = content.indexOf(LINE_END, at + 1))
    count += 1;
  return count;
}
