/*
 * Takes a patch apart as git prints it, and only as far as it is looked at: a page shows a small part of a large one, and
 * everybody waits while it is made. Within hunks every line begins with a blank, `+`, `-` or `\`, so no content can pass
 * for the beginning of a file or of a hunk.
 */

export interface PatchHunk {
  /** `@@ -1,2 +1,3 @@ section`, of a merge with one `@` more for each parent beyond the first. With its end. */
  readonly range: string;
  /** Its lines, each with its end. */
  readonly body: string;
}

/** The text of each file: the lines before its first hunk, and its hunks. */
export function filesOf(patch: string): Generator<string> {
  return pieces(patch, 'diff --');
}

/** The lines before the first hunk of a file. */
export function headerOf(file: string): string {
  const [header = ''] = pieces(file, '@@');
  return header;
}

export function* hunksOf(file: string): Generator<PatchHunk> {
  let isHeader = true;
  for (const text of pieces(file, '@@')) {
    const body = nextLine(text, 0);
    if (!isHeader) yield { range: text.slice(0, body), body: text.slice(body) };
    isHeader = false;
  }
}

/** @param from where a line begins */
export function* linesIn(body: string, from = 0): Generator<string> {
  for (let at = from; at < body.length;) {
    const next = nextLine(body, at);
    yield body.slice(at, next);
    at = next;
  }
}

/**
 * Where the line after the one at `at` begins. What follows a line that a file ends with without a line's end belongs to
 * that line.
 */
export function nextLine(text: string, at: number): number {
  let end = text.indexOf('\n', at);
  while (end !== -1 && text.startsWith('\\', end + 1)) end = text.indexOf('\n', end + 1);
  return end === -1 ? text.length : end + 1;
}

/** Where so many lines end, counted from the one that begins at `from`; the end of the text where it has fewer. */
export function afterLines(text: string, count: number, from = 0): number {
  let at = from;
  for (let line = 0; line < count && at < text.length; line += 1) at = nextLine(text, at);
  return at;
}

/** From seven characters on V8 searches in another way, which takes four times as long in text of many lines. */
const SOUGHT = 6;

/** Cuts before each line that begins so; what comes before the first one is a piece as well. */
function* pieces(text: string, beginning: string): Generator<string> {
  const mark = `\n${beginning}`;
  const sought = mark.slice(0, SOUGHT);
  let start = 0;
  for (let at = text.indexOf(sought); at !== -1; at = text.indexOf(sought, at + 1)) {
    if (!text.startsWith(mark, at)) continue;
    yield text.slice(start, at + 1);
    start = at + 1;
  }
  if (start < text.length) yield text.slice(start);
}
