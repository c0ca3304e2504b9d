import { Unsuited } from './unsuited.error.js';

/** A hunk without context. */
export interface Hunk {
  /** Numbers of the first line on both sides, from 1; where a side has none, of the line before. */
  readonly oldStart: number;
  readonly start: number;
  /** Lines that it has put in the place of the removed ones. */
  readonly count: number;
  /** Without their ends. */
  readonly removed: readonly string[];
}

const HEADER = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,(\d+))? @@/;

/** @param body what follows the headers of one file in a patch with no lines of context */
export function parseHunks(body: string): readonly Hunk[] {
  const hunks: { oldStart: number; start: number; count: number; removed: string[] }[] = [];
  for (const line of body.split('\n')) {
    const [header, oldStart = '', start = '', count = '1'] = HEADER.exec(line) ?? [];
    if (header !== undefined)
      hunks.push({ oldStart: Number(oldStart), start: Number(start), count: Number(count), removed: [] });
    else if (line.startsWith('-')) hunks.at(-1)?.removed.push(line.slice(1));
    // What is left are added lines, which the count tells, and the word about a missing end of line.
    else if (!/^(?:\+|\\ |$)/.test(line)) throw new Unsuited('patch-shape');
  }
  return hunks;
}
