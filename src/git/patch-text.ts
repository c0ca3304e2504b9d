// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const NEEDS_QUOTES = /[\u0000-\u001f"\\\u007f]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

/** A name as git prints it with `core.quotePath=false`: in quotes only where it holds control characters, `"` or `\`. */
export function quotePath(path: string): string {
  const quoted = path.replaceAll(NEEDS_QUOTES, (letter) => ESCAPES[letter] ?? octal(letter));
  return quoted === path ? path : `"${quoted}"`;
}

function octal(letter: string): string {
  return `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

const LETTERS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ESCAPES).map(([letter, written]) => [written.slice(1), letter]),
);

/** Takes back what `quotePath` does, for names of one character a byte as for text. */
export function unquotePath(written: string): string {
  if (!/^".*"$/s.test(written)) return written;
  return written
    .slice(1, -1)
    .replaceAll(/\\(?:([0-7]{3})|(.))/gs, (_, digits?: string, letter = '') =>
      digits === undefined ? (LETTERS[letter] ?? letter) : String.fromCharCode(Number.parseInt(digits, 8)),
    );
}

export interface CutText {
  readonly text: string;
  readonly truncated: boolean;
}

/** The longest run of whole lines that is at most `maxBytes` of UTF-8. */
export function cutAtLine(text: string, maxBytes: number): CutText {
  // A UTF-16 unit is at most three bytes of UTF-8, so most texts need no counting.
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return { text, truncated: false };
  const most = text.slice(0, Math.max(0, maxBytes));
  // Where each unit is one byte, and that is most patches, the cut is found without writing them out.
  if (Buffer.byteLength(most) === most.length)
    return { text: most.slice(0, most.lastIndexOf('\n') + 1), truncated: true };
  const bytes = Buffer.from(text);
  const end = maxBytes > 0 ? bytes.lastIndexOf(0x0a, maxBytes - 1) : -1;
  return { text: bytes.toString('utf8', 0, end + 1), truncated: true };
}

export interface LineCounts {
  readonly additions: number;
  readonly deletions: number;
}

/** Counts the lines that begin with `+` and `-`. @param hunks what follows the headers of one file */
export function countLines(hunks: string): LineCounts {
  let additions = 0;
  let deletions = 0;
  for (let at = 0; at !== -1 && at < hunks.length; at = nextLine(hunks, at)) {
    const first = hunks.charCodeAt(at);
    if (first === 0x2b) additions += 1;
    else if (first === 0x2d) deletions += 1;
  }
  return { additions, deletions };
}

function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? -1 : end + 1;
}
