/** Keeps the first `maxBytes` of a stream and drops the rest, so that no output can fill the memory. */
export class CapturedOutput {
  private readonly chunks: Buffer[] = [];
  private kept = 0;
  private full = false;

  constructor(private readonly maxBytes: number) {}

  get truncated(): boolean {
    return this.full;
  }

  push(chunk: Buffer): void {
    const room = this.maxBytes - this.kept;
    if (chunk.length > room) this.full = true;
    if (room <= 0) return;
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.kept += part.length;
    this.chunks.push(part);
  }

  /** One character for each byte. */
  raw(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  /** As UTF-8; a character that the cut went through is left out, bytes that are no UTF-8 become U+FFFD. */
  text(): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(this.chunks), {
      stream: this.full,
    });
  }
}
