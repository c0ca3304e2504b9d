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

/** UTF-8 has at most so many bytes for a UTF-16 unit. */
const MOST_BYTES = 3;

/** The longest run of whole lines that is at most `maxBytes` of UTF-8. */
export function cutAtLine(text: string, maxBytes: number): CutText {
  // So most texts need no counting.
  if (text.length * MOST_BYTES <= maxBytes || Buffer.byteLength(text) <= maxBytes)
    return { text, truncated: false };
  // Found without writing the text out, which takes milliseconds for a mebibyte that is not ASCII alone.
  let end = characterEnd(text, Math.min(text.length, Math.max(0, maxBytes)));
  let excess = Buffer.byteLength(text.slice(0, end)) - maxBytes;
  while (excess > 0 && end > 0) {
    const shorter = characterEnd(text, Math.max(0, end - Math.ceil(excess / MOST_BYTES)));
    excess -= Buffer.byteLength(text.slice(shorter, end));
    end = shorter;
  }
  return { text: end > 0 ? text.slice(0, text.lastIndexOf('\n', end - 1) + 1) : '', truncated: true };
}

/** Before a character that `at` would split: half of one has another number of bytes. */
function characterEnd(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return at > 0 && unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
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
