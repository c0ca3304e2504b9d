import { type ByteName, nameText } from '../work-tree/path-lists.js';

export interface GrepLine {
  /** One character for each byte. */
  readonly path: ByteName;
  /** From 1. */
  readonly line: number;
  /** Character of the first match in the line, from 1; absent for a line of context. */
  readonly column?: number;
  readonly text: string;
  /** Only a part of the line is shown. */
  readonly cut: boolean;
}

/** A minified file is one line, and says nothing as a whole. */
const MAX_LINE = 500;
/** What is shown before a match far into a long line. */
const BEFORE_MATCH = 100;

/**
 * Reads `git grep -z -n --column`. Lines of context have no column.
 *
 * @param output one character for each byte
 * @param prefix what stands before each path: the revision and a colon
 */
export function parseGrep(output: string, prefix: string): readonly GrepLine[] {
  const lines: GrepLine[] = [];
  for (let at = 0; at < output.length;) {
    const pathEnd = output.indexOf('\0', at);
    if (pathEnd < 0) break;
    const numberEnd = output.indexOf('\0', pathEnd + 1);
    const lineEnd = endOfLine(output, numberEnd + 1);
    // Between hunks of context git prints a line of dashes.
    const path = output.slice(at, pathEnd).replace(/^(?:--\n)+/, '');
    const number = Number(output.slice(pathEnd + 1, numberEnd));
    lines.push({
      path: path.slice(prefix.length),
      line: number,
      ...textOf(output.slice(numberEnd + 1, lineEnd)),
    });
    at = lineEnd + 1;
  }
  return lines;
}

function endOfLine(output: string, from: number): number {
  const end = output.indexOf('\n', from);
  return end < 0 ? output.length : end;
}

function textOf(rest: string): Pick<GrepLine, 'column' | 'text' | 'cut'> {
  const [, column, matched] = /^(\d+)\0([^]*)$/.exec(rest) ?? [];
  const bytes = (matched ?? rest).replace(/\r$/, '');
  const text = nameText(bytes);
  if (column === undefined) return { text: text.slice(0, MAX_LINE), cut: text.length > MAX_LINE };
  const before = nameText(bytes.slice(0, Number(column) - 1)).length;
  const from = before + BEFORE_MATCH < MAX_LINE ? 0 : before - BEFORE_MATCH;
  return { column: before + 1, text: text.slice(from, from + MAX_LINE), cut: text.length > MAX_LINE };
}
