import { decode } from './entry.js';
import { type Part, readPart } from './part.js';
import { hasLinesOf } from './part-heading.js';

/** What the files of a session say together. */
export interface PartPair {
  readonly lines: readonly string[];
  /** The highest number of a part. */
  readonly number: number;
  /** Whether the next line can be added to the current part; else everything is to be written anew before. */
  readonly goesOn: boolean;
  /** Where the current file ends with its last whole line, in bytes; absent of one that says itself where. */
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
    return {
      lines: [...(old?.lines ?? []), ...faultsOf(current as Buffer, now, number)],
      number,
      goesOn: false,
    };
  }
  // After a loss of power the names may be older than what is in the files.
  if (numberOf(now) < number) return { lines: linesOf(now, old), number, goesOn: false };
  const plainEnd = now.heading === undefined ? { plainEnd: now.end } : {};
  return { lines: linesOf(old, now), number: numberOf(now), goesOn: now.isCut !== true, ...plainEnd };
}

/** Whether each line is one that this release has written. */
export function isReadable(lines: readonly string[]): boolean {
  return lines.every((line) => typeof decode(line) !== 'string');
}

/** Of a current file without a heading: it was being written, over a part that is void, unless its own lines follow it. */
function faultsOf(current: Buffer, { lines }: Part, number: number): string[] {
  const [first = ''] = lines;
  if (/^(?:[3-9]|\d{2,9}) /.test(first) && decode(first) === 'newer') return [first];
  return hasLinesOf(current, number + 1) ? [''] : [];
}

function numberOf(part: Part | undefined): number {
  return part?.heading?.number ?? 0;
}

/** What a request had for an answer may be in what was cut; each part begins with what is to be known without those before. */
function linesOf(before: Part | undefined, current: Part | undefined): readonly string[] {
  const { lines = [] } = current ?? {};
  return before?.isCut === true && lines.length > 0 ? lines : [...(before?.lines ?? []), ...lines];
}
