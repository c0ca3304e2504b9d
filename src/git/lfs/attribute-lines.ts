import { ServerError } from '../../shared/errors/index.js';
import { refused } from '../refusal.js';

/** What git-lfs writes behind a pattern. */
const ATTRIBUTES = ['filter=lfs', 'diff=lfs', 'merge=lfs', '-text'];
/** What git takes for the end of a pattern and of an attribute. */
const BLANK = /[ \t\r]+/;
const QUOTED = /^"(?:[^"\\]|\\.)*"/;
const CONTROL = /\p{Cc}/u;

/** A line of a file of attributes that says `filter=lfs`. */
export interface LfsLine {
  /** As it stands there, quotes and escapes included. */
  readonly pattern: string;
  /** The first is 1. */
  readonly line: number;
}

/** The lines of a file of attributes that hand files to Git LFS. Later lines may take them away again. */
export function lfsLines(text: string): readonly LfsLine[] {
  return text.split('\n').flatMap((content, index) => {
    const parsed = parseLine(content);
    return parsed?.attributes.includes('filter=lfs') === true
      ? [{ pattern: parsed.pattern, line: index + 1 }]
      : [];
  });
}

/**
 * A pattern as a line of attributes has it, so that git reads what the caller meant.
 *
 * @param literal the pattern is the path of one file, from the top of the work tree
 * @throws ServerError `operation_failed` with `details.reason: 'invalid-pattern'` for what git can read as no pattern
 */
export function writtenPattern(pattern: string, literal: boolean): string {
  if (CONTROL.test(pattern)) throw invalid('A pattern is one line without control characters');
  if (pattern.endsWith('/')) {
    throw invalid('A folder has no attributes in git; name the files in it, such as folder/**');
  }
  if (literal) return pathPattern(pattern);
  if (pattern.startsWith('!')) throw invalid('git knows no negative patterns of attributes; use untrack');
  if (pattern.startsWith('"') || pattern.startsWith('[attr]')) {
    throw invalid('A pattern does not begin with a quote or [attr]; with literal a path may');
  }
  return withoutBlanks(pattern.startsWith('#') ? `\\${pattern}` : pattern);
}

/** @returns the text with a line for the pattern, at its end; the same text where it has one */
export function withLine(text: string, pattern: string): string {
  if (lfsLines(text).some((line) => line.pattern === pattern)) return text;
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' || text.endsWith('\n') ? '' : end;
  return `${text}${gap}${lfsLine(pattern)}${end}`;
}

/** @returns the text without what hands the pattern to Git LFS; other attributes of its lines stay */
export function withoutLine(text: string, pattern: string): string {
  const gone = new Set(lfsLines(text).flatMap((line) => (line.pattern === pattern ? [line.line] : [])));
  return text
    .split('\n')
    .flatMap((content, index) => (gone.has(index + 1) ? strippedLine(content) : [content]))
    .join('\n');
}

export function lfsLine(pattern: string): string {
  return [pattern, ...ATTRIBUTES].join(' ');
}

function strippedLine(content: string): readonly string[] {
  const { pattern, attributes } = parseLine(content) ?? { pattern: '', attributes: [] };
  const others = attributes.filter((one) => !ATTRIBUTES.includes(one));
  if (others.length === 0) return [];
  return [`${[pattern, ...others].join(' ')}${content.endsWith('\r') ? '\r' : ''}`];
}

function parseLine(
  content: string,
): { readonly pattern: string; readonly attributes: readonly string[] } | undefined {
  const text = content.replace(/^[ \t\r]+|[ \t\r]+$/g, '');
  if (text === '' || text.startsWith('#') || text.startsWith('[attr]')) return undefined;
  const pattern = QUOTED.exec(text)?.[0] ?? text.split(BLANK, 1)[0] ?? '';
  return { pattern, attributes: text.slice(pattern.length).split(BLANK).filter(Boolean) };
}

// The slash binds it to the top: a name without one is that of files in every folder.
function pathPattern(path: string): string {
  return withoutBlanks(`/${path.replace(/^\//, '').replace(/[\\*?[]/g, '\\$&')}`);
}

// A class of characters, as git-lfs writes it: quotes would be for git alone.
function withoutBlanks(pattern: string): string {
  return pattern.replaceAll(' ', '[[:space:]]');
}

function invalid(message: string): ServerError {
  return refused('invalid-pattern', message);
}
