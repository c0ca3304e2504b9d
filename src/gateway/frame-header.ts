const FINAL_TEXT = 0x81;
const MAX_SHORT = 125;
const MAX_TWO_BYTES = 0xff_ff;
const TWO_BYTES_FOLLOW = 126;
const EIGHT_BYTES_FOLLOW = 127;

/**
 * Writes what stands before a text frame as a server sends it (RFC 6455, 5.2), of at most ten bytes.
 *
 * @param start of the text, behind the header
 * @param length of the text, in bytes
 * @returns where the header begins
 */
export function writeHeader(bytes: Buffer, start: number, length: number): number {
  if (length <= MAX_SHORT) return write(bytes, start - 2, length);
  if (length <= MAX_TWO_BYTES) {
    bytes.writeUInt16BE(length, start - 2);
    return write(bytes, start - 4, TWO_BYTES_FOLLOW);
  }
  bytes.writeBigUInt64BE(BigInt(length), start - 8);
  return write(bytes, start - 10, EIGHT_BYTES_FOLLOW);
}

function write(bytes: Buffer, at: number, length: number): number {
  bytes[at] = FINAL_TEXT;
  bytes[at + 1] = length;
  return at;
}
