import { decode } from './entry.js';
import { MOST_HEADING_BYTES, parseHeading, type PartHeading } from './part-heading.js';

const LINE_END = 10;

/** What a file of a session says. */
export interface Part {
  /** Absent of a part that does not lie over an older one. */
  readonly heading?: PartHeading;
  readonly lines: readonly string[];
  /** Where the next line goes, in bytes. */
  readonly end: number;
  /** A loss of power has taken what followed. */
  readonly isCut?: boolean;
}

/** A line that is damaged, whatever it was. */
export const DAMAGED_LINE = '';

/**
 * Finds where a part ends that lies over an older one: behind its last line is a line that says so, or, where a kill cut a write
 * short, nothing more that is of this part. Something of it behind what is not is damage.
 *
 * Pages that are written over reach the disk in any order, so after a loss of power older ones may be in between: that is where
 * a part of a former start of the system ends, as one does that is only added to.
 *
 * @param boot start of the system
 */
export function readPart(bytes: Buffer, boot: string): Part {
  const first = bytes.subarray(0, MOST_HEADING_BYTES).indexOf(LINE_END);
  const heading = first === -1 ? undefined : parseHeading(bytes.toString('latin1', 0, first));
  if (heading === undefined) return plainPart(bytes);
  if (heading === 'damaged') return { lines: [DAMAGED_LINE], end: bytes.length };
  const { lines, starts, goesOn } = taggedLines(bytes, heading, first + 1);
  if (heading.boot !== boot) {
    const cut = lines.findIndex((line) => decode(line) === 'damaged');
    const count = cut === -1 ? lines.length : cut;
    return {
      heading,
      lines: lines.slice(0, count),
      end: starts[count] ?? 0,
      isCut: cut !== -1 || goesOn,
    };
  }
  if (goesOn) return { heading, lines: [...lines, DAMAGED_LINE], end: bytes.length };
  return { heading, lines, end: starts.at(-1) ?? 0 };
}

interface TaggedLines {
  readonly lines: string[];
  /** Of each line, and of what follows them. */
  readonly starts: readonly number[];
  /** Whether more of this part follows behind something else. */
  readonly goesOn: boolean;
}

function taggedLines(bytes: Buffer, { tag, closing }: PartHeading, start: number): TaggedLines {
  const lines: string[] = [];
  const starts = [start];
  for (let at = start; ; at = starts.at(-1) ?? 0) {
    const end = bytes.indexOf(LINE_END, at);
    const line = end === -1 ? '' : bytes.toString('utf8', at, end);
    if (line === closing) return { lines, starts, goesOn: bytes.includes(`${tag}\n`, end) };
    if (!line.endsWith(tag)) {
      const goesOn = bytes.includes(`${tag}\n`, at) || bytes.includes(`${closing}\n`, at);
      return { lines, starts, goesOn };
    }
    lines.push(line.slice(0, -tag.length));
    starts.push(end + 1);
  }
}

/** What follows the last line end was being written when the disk was full or the power went. */
function plainPart(bytes: Buffer): Part {
  return { lines: bytes.toString().split('\n').slice(0, -1), end: bytes.lastIndexOf(LINE_END) + 1 };
}
