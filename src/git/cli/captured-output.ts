import { isAscii } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';

/** Where a part begins that has a limit of its own. */
export interface PartLimit {
  /** Bytes that the part begins with. */
  readonly mark: string;
  readonly maxBytes: number;
}

/**
 * Keeps the first `maxBytes` of a stream as text, or hands them on, and drops the rest: no output can fill the memory.
 *
 * Each chunk becomes text as it comes. So a long output takes its time in small parts, with others' turns in between,
 * and of its bytes no copies wait to be collected, which V8 counts and answers with a stop of its own.
 */
export class CapturedOutput {
  private readonly parts: string[] = [];
  private readonly decoder = new StringDecoder('utf8');
  private kept = 0;
  private full = false;
  /** The decoder may hold the beginning of a character. */
  private decodes = false;
  /** The end of what came before, in which the mark may have begun. */
  private tail = Buffer.alloc(0);

  /** @param take is given what else would be kept @param encoding of `text`; of `latin1` each byte is a character */
  constructor(
    private maxBytes: number,
    private part?: PartLimit,
    private readonly take?: (part: Buffer) => void,
    private readonly encoding: 'utf8' | 'latin1' = 'utf8',
  ) {}

  get truncated(): boolean {
    return this.full;
  }

  push(chunk: Buffer): void {
    if (this.part) this.findPart(chunk, this.part);
    const room = this.maxBytes - this.kept;
    if (chunk.length > room) this.full = true;
    if (room <= 0) return;
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.kept += part.length;
    if (this.take) this.take(part);
    else this.parts.push(this.decode(part));
  }

  private decode(part: Buffer): string {
    // Most output is ASCII, and is then read several times as fast.
    if (this.encoding === 'latin1' || (!this.decodes && isAscii(part))) return part.toString('latin1');
    this.decodes = true;
    return this.decoder.write(part);
  }

  private findPart(chunk: Buffer, { mark, maxBytes }: PartLimit): void {
    const seen = this.tail.length === 0 ? chunk : Buffer.concat([this.tail, chunk]);
    const at = seen.indexOf(mark);
    if (at === -1) {
      this.tail = Buffer.from(seen.subarray(Math.max(0, seen.length - mark.length + 1)));
      return;
    }
    this.maxBytes = Math.min(this.maxBytes, this.kept - this.tail.length + at + maxBytes);
    this.part = undefined;
  }

  /** A character that the cut went through is left out, bytes that are no UTF-8 become U+FFFD. */
  text(): string {
    const text = this.parts.join('');
    return this.full ? text : text + this.decoder.end();
  }
}
