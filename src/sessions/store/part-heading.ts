import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A release that knows no parts that lie over older ones takes it for an entry of a later release, and leaves the file alone. */
const VERSION = 2;
const START = /^2 ([0-9a-f]{8}) P/;
/** What `start` of a heading is looked for in. */
export const MOST_HEADING_BYTES = 256;
const TAG_BYTES = 6;

/** First line of a part that may lie over an older one. */
export interface PartHeading {
  /** Above that of each part before; 0 of a part without a heading. */
  readonly number: number;
  /**
   * What each of its lines ends with, so that one that was cut short ends with what the older part has there. Not to be guessed,
   * so that nothing that is stored can be taken for a line.
   */
  readonly tag: string;
  /**
   * The line that follows the last one, which the next line is written over; without the tag, so that what a kill leaves of that
   * has none either.
   */
  readonly closing: string;
  /** Start of the system in which it was begun. */
  readonly boot: string;
  /**
   * Where the part before ended, in bytes: after a loss of power that may end earlier, and still look whole. 0 where there is
   * none that counts; absent of what an earlier release has written, which did not say.
   */
  readonly follows?: number;
}

/** @param boot start of the system @param follows where the part before, of the number below, has ended, or 0 */
export function newHeading(number: number, boot: string, follows: number): PartHeading {
  const random = randomBytes(TAG_BYTES).toString('hex');
  return { number, tag: ` p${number}.${random}`, closing: `.${random}`, boot, follows };
}

/** With its line end. */
export function headingLine(heading: PartHeading): string {
  const body = `P${JSON.stringify(heading)}`;
  return `${VERSION} ${sumOf(body)} ${body}\n`;
}

/** Whether bytes have lines of the part of this number. */
export function hasLinesOf(bytes: Buffer, number: number): boolean {
  return new RegExp(` p${number}\\.[0-9a-f]{${2 * TAG_BYTES}}\n`).test(bytes.toString('latin1'));
}

/** @returns `damaged` where it was a heading, nothing where the line is something else */
export function parseHeading(line: string): PartHeading | 'damaged' | undefined {
  const sum = START.exec(line)?.[1];
  if (sum === undefined) return undefined;
  const body = line.slice(line.indexOf('P'));
  return sumOf(body) === sum ? (JSON.parse(body.slice(1)) as PartHeading) : 'damaged';
}

function sumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
