import { isAscii } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';

/** Where a part begins that has a limit of its own. */
export interface PartLimit {
  /** Bytes that the part begins with. */
  readonly mark: string;
  readonly maxBytes: number;
}

/** Keeps the first `maxBytes` of a stream, or hands them on, and drops the rest: no output can fill the memory. */
export class CapturedOutput {
  private readonly chunks: Buffer[] = [];
  private kept = 0;
  private full = false;
  /** The end of what came before, in which the mark may have begun. */
  private tail = Buffer.alloc(0);

  constructor(
    private maxBytes: number,
    private part?: PartLimit,
    private readonly take: (part: Buffer) => void = (kept) => this.chunks.push(kept),
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
    this.take(part);
  }

  private findPart(chunk: Buffer, { mark, maxBytes }: PartLimit): void {
    const seen = Buffer.concat([this.tail, chunk]);
    const at = seen.indexOf(mark);
    if (at === -1) {
      this.tail = Buffer.from(seen.subarray(Math.max(0, seen.length - mark.length + 1)));
      return;
    }
    this.maxBytes = Math.min(this.maxBytes, this.kept - this.tail.length + at + maxBytes);
    this.part = undefined;
  }

  /** One character for each byte. */
  raw(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  /** As UTF-8; a character that the cut went through is left out, bytes that are no UTF-8 become U+FFFD. */
  text(): string {
    const bytes = Buffer.concat(this.chunks);
    // Most output is, and is then read several times as fast.
    if (isAscii(bytes)) return bytes.toString('latin1');
    return this.full ? new StringDecoder('utf8').write(bytes) : bytes.toString();
  }
}
