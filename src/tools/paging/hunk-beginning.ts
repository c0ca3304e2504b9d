import { cutAtCharacter } from '../answers/fit-text.js';
import { hunkPart, rangeOfPart } from './hunk-part.js';
import { linesIn, nextLine, type PatchHunk } from './patch.parser.js';

export interface PatchRoom {
  readonly bytes: number;
  /** Bytes that a text takes in the answer; never fewer than it has characters. */
  readonly weigh: (text: string) => number;
}

export interface HunkBeginning {
  readonly text: string;
  /** How many lines are in it. */
  readonly lines: number;
  /** Nothing of the hunk follows. */
  readonly isEnd: boolean;
  /** Its one line is longer than the room, and lost its end. */
  readonly lineCut: boolean;
}

/** The numbers in a range may become longer, and a line that is cut says so. */
const RESERVED_BYTES = 80;

/**
 * The lines of a hunk that there is room for: at least one, so that every page goes on.
 *
 * @param start where in the body the first of them begins
 */
export function hunkBeginning(hunk: PatchHunk, start: number, { bytes, weigh }: PatchRoom): HunkBeginning {
  const room = bytes - weigh(hunk.range) - RESERVED_BYTES;
  let left = room;
  let end = start;
  let lines = 0;
  for (const line of linesIn(hunk.body, start)) {
    left -= weigh(line);
    if (left < 0) break;
    end += line.length;
    lines += 1;
  }
  const isEnd = (at: number) => at >= hunk.body.length;
  if (lines > 0) return { text: hunkPart(hunk, start, end), lines, isEnd: isEnd(end), lineCut: false };
  const next = nextLine(hunk.body, start);
  const beginning = shorter(hunk.body.slice(start, next), { bytes: room, weigh });
  const text = rangeOfPart(hunk, start, next) + beginning;
  return { text, lines: 1, isEnd: isEnd(next), lineCut: true };
}

function shorter(line: string, { bytes, weigh }: PatchRoom): string {
  const whole = Buffer.byteLength(line);
  const kept = cutAtCharacter(line, Math.max(1, Math.floor((bytes * whole) / weigh(line))));
  return `${kept} [${whole - Buffer.byteLength(kept)} bytes of this line are left out]\n`;
}
