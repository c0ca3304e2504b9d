import { Unsuited } from '../libgit2/unsuited.error.js';
import { type LineChange } from './line-changes.js';

/** Git has room for so many bytes of the line that a hunk stands below. */
const MAX_HEADING = 80;
const HEADING = /^[A-Za-z_$]/;

interface Text {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * The hunks of a patch as git prints them.
 *
 * @param text lines with their ends, one character a byte
 * @param contextLines at least 1
 * @throws Unsuited where the line above a hunk would be cut
 */
export function unifiedHunks(text: Text, changes: readonly LineChange[], contextLines: number): string {
  let printed = '';
  let heading = '';
  let looked = 0;
  for (const group of nearGroups(changes, contextLines)) {
    const from = Math.max(0, (group[0]?.oldStart ?? 0) - contextLines);
    heading = headingOf(text.before, looked, from) ?? heading;
    looked = from;
    printed += hunk(text, group, contextLines, heading);
  }
  return printed;
}

/** Changes whose context meets stand in one hunk. */
function nearGroups(changes: readonly LineChange[], contextLines: number): readonly LineChange[][] {
  const groups: LineChange[][] = [];
  let end = -Infinity;
  for (const change of changes) {
    if (change.oldStart - end > 2 * contextLines) groups.push([]);
    groups.at(-1)?.push(change);
    end = change.oldStart + change.oldCount;
  }
  return groups;
}

/** The last line before the hunk that looks like the beginning of a function. */
function headingOf(lines: readonly string[], looked: number, from: number): string | undefined {
  for (let at = from - 1; at >= looked; at -= 1) {
    const line = lines[at] ?? '';
    if (!HEADING.test(line)) continue;
    if (line.length > MAX_HEADING) throw new Unsuited('long-heading');
    return ` ${line.replace(/[ \t\n\r]+$/, '')}`;
  }
  return undefined;
}

function hunk(
  { before, after }: Text,
  group: readonly LineChange[],
  contextLines: number,
  heading: string,
): string {
  const [first, last] = [group[0], group.at(-1)];
  if (first === undefined || last === undefined) return '';
  const above = Math.min(contextLines, first.oldStart);
  const [oldStart, newStart] = [first.oldStart - above, first.newStart - above];
  const [oldLast, newLast] = [last.oldStart + last.oldCount, last.newStart + last.newCount];
  const below = Math.min(contextLines, before.length - oldLast);
  let body = '';
  let at = oldStart;
  for (const change of group) {
    const removedEnd = change.oldStart + change.oldCount;
    body += signed(' ', before, at, change.oldStart);
    body += signed('-', before, change.oldStart, removedEnd);
    body += signed('+', after, change.newStart, change.newStart + change.newCount);
    at = removedEnd;
  }
  body += signed(' ', before, at, oldLast + below);
  const ranges = `-${range(oldStart, oldLast + below)} +${range(newStart, newLast + below)}`;
  return `@@ ${ranges} @@${heading}\n${body}`;
}

/** From the number of a line, from 1; of nothing, that of the line before. */
function range(start: number, end: number): string {
  const count = end - start;
  const from = count === 0 ? start : start + 1;
  return count === 1 ? `${from}` : `${from},${count}`;
}

function signed(sign: string, lines: readonly string[], start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 1) {
    const line = lines[at] ?? '';
    text += line.endsWith('\n') ? `${sign}${line}` : `${sign}${line}\n\\ No newline at end of file\n`;
  }
  return text;
}

/** With their ends. */
export function linesOf(text: string): readonly string[] {
  const lines: string[] = [];
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found + 1;
    lines.push(text.slice(start, end));
    start = end;
  }
  return lines;
}
