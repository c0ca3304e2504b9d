const FINAL_TEXT = 0x81;
const MAX_SHORT = 125;
const MAX_BYTES = 0xff_ff;
const TWO_BYTES_FOLLOW = 126;
const NOT_PRINTABLE = /[^ -~]/;

/**
 * A text frame as a server sends it (RFC 6455, 5.2), of one character for each byte.
 *
 * @returns nothing for a text of other characters than the printable ones of ASCII, or of more than 65,535 of them
 */
export function asciiFrame(text: string): string | undefined {
  const { length } = text;
  if (length > MAX_BYTES || NOT_PRINTABLE.test(text)) return undefined;
  if (length <= MAX_SHORT) return String.fromCharCode(FINAL_TEXT, length) + text;
  return String.fromCharCode(FINAL_TEXT, TWO_BYTES_FOLLOW, length >> 8, length & 0xff) + text;
}
