import { headingLine, type PartHeading } from './part-heading.js';
import { type StoreLine } from './session-store.port.js';

const LINE_END = 10;
/** For what most writes come to; one that is longer has a buffer made for it. */
const SCRATCH_BYTES = 131_072;
/** Of UTF-8, for each unit of UTF-16. */
const MOST_BYTES = 3;

export interface Written {
  /** Good until the next write. */
  readonly bytes: Buffer;
  /** How much of it the next write leaves. */
  readonly lasting: number;
}

/** Puts lines together as a file has them. */
export class LineBuffer {
  private readonly scratch = Buffer.allocUnsafe(SCRATCH_BYTES);

  /** @param heading absent of a part that has none @param isFirst whether the part begins with these lines */
  bytesOf(lines: readonly StoreLine[], heading: PartHeading | undefined, isFirst: boolean): Written {
    const { scratch } = this;
    const tag = heading?.tag ?? '';
    const closing = heading === undefined ? '' : `${heading.closing}\n`;
    let at = heading !== undefined && isFirst ? scratch.write(headingLine(heading), 'latin1') : 0;
    for (const line of lines) {
      if (at + tag.length + line.length * MOST_BYTES + closing.length >= scratch.length)
        return writtenOf(textOf(lines, heading, isFirst), closing);
      at = typeof line === 'string' ? at + scratch.write(line, at) : line.writeTo(scratch, at);
      // A call for so few bytes would take longer.
      for (let unit = 0; unit < tag.length; unit += 1) scratch[at + unit] = tag.charCodeAt(unit);
      at += tag.length;
      scratch[at] = LINE_END;
      at += 1;
    }
    return { bytes: scratch.subarray(0, at + scratch.write(closing, at, 'latin1')), lasting: at };
  }
}

/** The same as text, without what is behind the last line. */
export function textOf(
  lines: readonly StoreLine[],
  heading: PartHeading | undefined,
  isFirst: boolean,
): string {
  const tag = heading?.tag ?? '';
  const start = heading !== undefined && isFirst ? headingLine(heading) : '';
  return start + lines.map((line) => `${String(line)}${tag}\n`).join('');
}

function writtenOf(text: string, closing: string): Written {
  const bytes = Buffer.from(text + closing);
  return { bytes, lasting: bytes.length - closing.length };
}
