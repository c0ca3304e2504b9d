import { cutAtLine, type CutText } from '../../git/patch-text.js';

/** Beginning at the line of a cut, so much may be lost to end with a whole line. */
const KEPT_OF_A_LONG_LINE = 0.5;

/**
 * The beginning of a text with a note of what is missing.
 *
 * @param maxBytes of UTF-8, the note included
 * @param note makes a line of the number of bytes that the whole text has
 */
export function fitText(text: string, maxBytes: number, note: (bytes: number) => string): CutText {
  if (isSurelyWithin(text, maxBytes)) return { text, truncated: false };
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return { text, truncated: false };
  const end = `\n${note(bytes)}`;
  const room = maxBytes - Buffer.byteLength(end);
  const { text: lines } = cutAtLine(text, room);
  const beginning =
    Buffer.byteLength(lines) < room * KEPT_OF_A_LONG_LINE ? cutAtCharacter(text, room) : lines;
  return { text: `${beginning.trimEnd()}${end}`, truncated: true };
}

/** @returns at most `maxBytes` of UTF-8, never half of a character */
export function cutAtCharacter(text: string, maxBytes: number): string {
  if (isSurelyWithin(text, maxBytes)) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = Math.max(0, maxBytes);
  // A byte that begins with the bits 10 goes on with a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** A UTF-16 unit is at most three bytes of UTF-8, so most texts need no counting. */
function isSurelyWithin(text: string, maxBytes: number): boolean {
  return text.length * 3 <= maxBytes;
}
