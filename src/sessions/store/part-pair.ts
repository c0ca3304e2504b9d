import { decode } from './entry.js';
import { DAMAGED_LINE, type Part, readPart } from './part.js';
import { hasLinesOf, type PartHeading } from './part-heading.js';

/** What the files of a session say together. */
export interface PartPair {
  readonly lines: readonly string[];
  /** The highest number of a part. */
  readonly number: number;
  /** Whether the next line can be added to the current part; else everything is to be written anew before. */
  readonly goesOn: boolean;
  /** Where the last whole line of the current file ends, in bytes; absent where nothing follows it, or the file says so itself. */
  readonly plainEnd?: number;
}

/**
 * Puts the part before the current one and the current one together. Between them a kill may have left a file that is no
 * part, or is none any more.
 *
 * @param boot start of the system
 */
export function joinParts(before: Buffer | undefined, current: Buffer | undefined, boot: string): PartPair {
  const [old, now] = [before, current].map((bytes) => bytes && readPart(bytes, boot));
  const number = numberOf(old);
  if (now === undefined) return { lines: old?.lines ?? [], number, goesOn: number === 0 };
  if (number > 0 && now.heading === undefined) {
    const lines = [...(old?.lines ?? []), ...faultsOf(current as Buffer, now, old?.heading, boot)];
    return { lines, number, goesOn: false };
  }
  // After a loss of power the names may be older than what is in the files.
  if (numberOf(now) < number) return { lines: linesOf(now, old, boot), number, goesOn: false };
  const isCutOff = now.heading === undefined && now.end < (current as Buffer).length;
  const plainEnd = isCutOff ? { plainEnd: now.end } : {};
  const goesOn = now.isCut !== true && jointOf(old, now, boot) !== 'torn';
  return { lines: linesOf(old, now, boot), number: numberOf(now), goesOn, ...plainEnd };
}

/**
 * Of a current file without a heading: it was being written, over a part that is void, unless its own lines follow it. After a
 * loss of power they may, behind a page that is still that part's.
 */
function faultsOf(
  current: Buffer,
  { lines }: Part,
  before: PartHeading | undefined,
  boot: string,
): readonly string[] {
  const [first = ''] = lines;
  if (/^(?:[3-9]|\d{2,9}) /.test(first) && decode(first) === 'newer') return [first];
  // A heading lies in one sector, of which a loss of power never leaves a half.
  const isExpected = before?.boot === boot || first === DAMAGED_LINE;
  const isDamaged = before !== undefined && isExpected && hasLinesOf(current, before.number + 1);
  return isDamaged ? [DAMAGED_LINE] : [];
}

function numberOf(part: Part | undefined): number {
  return part?.heading?.number ?? 0;
}

/** Each part begins with what is to be known without those before. */
function linesOf(before: Part | undefined, current: Part | undefined, boot: string): readonly string[] {
  const { lines: old = [] } = before ?? {};
  const { lines = [] } = current ?? {};
  const joint = jointOf(before, current, boot);
  if (joint === 'void') return lines;
  if (joint === 'damaged') return [...old, DAMAGED_LINE, ...lines];
  // What a request had for an answer may be in what is missing; what this release cannot read is nothing to decide about.
  const isAlone =
    joint === 'torn' && lines.length > 0 && old.every((line) => typeof decode(line) !== 'string');
  return isAlone ? lines : [...old, ...lines];
}

/**
 * Whether the part before ends where the current one says that it did. After a loss of power it may end earlier (`torn`), else
 * that is damage; it does not count (`void`) where the current one has everything, or there is none.
 */
function jointOf(
  before: Part | undefined,
  current: Part | undefined,
  boot: string,
): 'whole' | 'torn' | 'damaged' | 'void' {
  const { heading } = current ?? {};
  if (before === undefined || heading?.follows === 0) return 'void';
  if (heading?.follows === undefined) return before.isCut === true ? 'torn' : 'whole';
  if (before.end === heading.follows && numberOf(before) === heading.number - 1) return 'whole';
  // Where starts have no names, a loss of power cannot be ruled out.
  return heading.boot === boot && boot !== '' ? 'damaged' : 'torn';
}
