import { cutAtCharacter } from '../answers/fit-text.js';
import { hunkPart } from './hunk-part.js';
import { type PatchHunk } from './patch.parser.js';

export interface PatchRoom {
  readonly bytes: number;
  /** Bytes that a text takes in the answer. */
  readonly weigh: (text: string) => number;
}

export interface HunkBeginning {
  readonly text: string;
  /** Index of the first line that is not in it. */
  readonly end: number;
  /** Its one line is longer than the room, and lost its end. */
  readonly lineCut: boolean;
}

/** The numbers in a range may become longer, and a line that is cut says so. */
const RESERVED_BYTES = 80;

/** The lines of a hunk that there is room for: at least one, so that every page goes on. */
export function hunkBeginning(hunk: PatchHunk, start: number, { bytes, weigh }: PatchRoom): HunkBeginning {
  const room = bytes - weigh(hunk.range) - RESERVED_BYTES;
  let left = room;
  let end = start;
  for (const line of hunk.lines.slice(start)) {
    left -= weigh(line);
    if (left < 0) break;
    end += 1;
  }
  if (end > start) return { text: hunkPart(hunk, start, end), end, lineCut: false };
  const lines = hunk.lines.with(start, shorter(hunk.lines[start] ?? '', { bytes: room, weigh }));
  return { text: hunkPart({ ...hunk, lines }, start, start + 1), end: start + 1, lineCut: true };
}

function shorter(line: string, { bytes, weigh }: PatchRoom): string {
  const whole = Buffer.byteLength(line);
  const kept = cutAtCharacter(line, Math.max(1, Math.floor((bytes * whole) / weigh(line))));
  return `${kept} [${whole - Buffer.byteLength(kept)} bytes of this line are left out]\n`;
}
