import { type FilePatch, type Hunk } from './patch.parser.js';

/** Lines of the new side, counted from 1, both ends included. A deleted line stands where the next one stands. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

/** `forward`: the patch is applied to its old side. `reverse`: it is taken back from its new side. */
export type Direction = 'forward' | 'reverse';

interface Line {
  readonly sign: string;
  /** As it stands in the patch, with the mark of a missing end of line where there is one. */
  readonly text: readonly string[];
  readonly at: number;
  /** Which of its kind within one run of changes. */
  readonly rank: number;
  /** Which run of changes; context is -1. */
  readonly run: number;
}

/**
 * The part of a hunk that changes the lines of a range, as a hunk of its own.
 *
 * What is not selected stays as the side that the patch is applied to has it. Of a run of changes the n-th deleted line
 * belongs to the n-th added one.
 *
 * @returns `undefined` where the range changes nothing in this hunk
 */
export function partOfHunk(hunk: Hunk, range: LineRange, direction: Direction): Hunk | undefined {
  const lines = placedLines(hunk);
  const isSelected = ({ run, at }: Line) => run >= 0 && at >= range.start && at <= range.end;
  if (!lines.some(isSelected)) return undefined;
  if (lines.every((line) => line.run < 0 || isSelected(line))) return hunk;
  // What this sign has and is not selected is there already; what the other one has is not.
  const present = direction === 'forward' ? '-' : '+';
  const kept = inPairs(lines).flatMap((line): readonly string[] => {
    if (line.run < 0 || isSelected(line)) return line.text;
    return line.sign === present ? [` ${line.text[0]?.slice(1) ?? ''}`, ...line.text.slice(1)] : [];
  });
  return { ...hunk, lines: kept };
}

/** Whether a line without an end would come to stand before others, which no file can have. */
export function isTornAtItsEnd({ lines }: Hunk): boolean {
  return ['-', '+'].some((other) => {
    // The mark belongs to the line before it, which may be of the other side.
    const marks = lines.flatMap((line, at) =>
      line.startsWith('\\') && !lines[at - 1]?.startsWith(other) ? [at] : [],
    );
    const last = lines.findLastIndex((line) => !line.startsWith(other) && !line.startsWith('\\'));
    return marks.some((at) => at - 1 !== last);
  });
}

/** The hunk as text, with its counts made right. Lines of the old side are the ones that a patch is found by. */
export function hunkText({ oldStart, newStart, section, lines }: Hunk): string {
  const count = (without: string) =>
    lines.filter((line) => !line.startsWith(without) && !line.startsWith('\\')).length;
  const head = `@@ -${oldStart},${count('+')} +${newStart},${count('-')} @@${section}`;
  return [head, ...lines, ''].join('\n');
}

/**
 * A patch of some hunks of a file. One that is made or deleted only in part is changed instead.
 *
 * @param whole the change of its mode goes with it, or all that a file without hunks changes
 */
export function partOfFile(file: FilePatch, chosen: readonly Hunk[], whole: boolean): string {
  if (file.hunks.length === 0) return [...file.header, ...file.binary, ''].join('\n');
  return [...headerOf(file, chosen, whole), ''].join('\n') + chosen.map(hunkText).join('');
}

function headerOf(file: FilePatch, chosen: readonly Hunk[], withMode: boolean): readonly string[] {
  const { kind, header, hunks } = file;
  if (kind === 'added' || kind === 'deleted') {
    return hunks.every((hunk) => chosen.includes(hunk)) ? header : asModification(file);
  }
  const [first = ''] = header;
  if (chosen.length === 0) return [first, ...header.filter((line) => MODE.test(line))];
  return withMode ? header : header.filter((line) => !MODE.test(line));
}

const MODE = /^(?:old|new) mode /;

/** Both names are the same but for their first letter, quotes included. */
function asModification({ header: [first = ''] }: FilePatch): readonly string[] {
  const names = first.slice('diff --git '.length);
  const half = (names.length - 1) / 2;
  return [first, `--- ${names.slice(0, half)}`, `+++ ${names.slice(half + 1)}`];
}

function placedLines(hunk: Hunk): readonly Line[] {
  const runs = runsOf(hunk);
  const placed: Line[] = [];
  // Of a side without lines git gives the number of the line before.
  let at = hunk.newStart + (hunk.lines.every((line) => /^[-\\]/.test(line)) ? 1 : 0);
  runs.forEach((run, index) => {
    const added = run.filter(({ sign }) => sign === '+').length;
    const isContext = run[0]?.sign === ' ';
    const ranks: Record<string, number> = {};
    for (const { sign, text } of run) {
      const rank = ranks[sign] ?? 0;
      ranks[sign] = rank + 1;
      placed.push({
        sign,
        text,
        rank,
        run: isContext ? -1 : index,
        at: at + Math.min(rank, Math.max(added - 1, 0)),
      });
      if (isContext) at += 1;
    }
    at += isContext ? 0 : added;
  });
  return placed;
}

type Bare = Pick<Line, 'sign' | 'text'>;

/** Context line by line, changes as the runs that they form. */
function runsOf({ lines }: Hunk): readonly (readonly Bare[])[] {
  const runs: Bare[][] = [];
  let previous = ' ';
  lines.forEach((line, index) => {
    if (line.startsWith('\\')) return;
    const sign = line.charAt(0) || ' ';
    const next = lines[index + 1];
    const text = next?.startsWith('\\') === true ? [line, next] : [line];
    // A deletion after an addition begins a new run: git writes all deletions of a run first.
    const goesOn = sign !== ' ' && previous !== ' ' && !(previous === '+' && sign === '-');
    if (goesOn) runs.at(-1)?.push({ sign, text });
    else runs.push([{ sign, text }]);
    previous = sign;
  });
  return runs;
}

/** Each deleted line right before the added one that it belongs to, so that what is kept stands in its place. */
function inPairs(lines: readonly Line[]): readonly Line[] {
  const starts = new Map<number, number>();
  lines.forEach(({ run }, index) => {
    if (!starts.has(run)) starts.set(run, index);
  });
  return lines
    .map((line, index) => ({
      line,
      index,
      key: line.run < 0 ? index : (starts.get(line.run) ?? index),
    }))
    .toSorted((one, other) => {
      if (one.key !== other.key) return one.key - other.key;
      if (one.line.rank !== other.line.rank) return one.line.rank - other.line.rank;
      return one.index - other.index;
    })
    .map(({ line }) => line);
}
