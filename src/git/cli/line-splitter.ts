/** git writes 4,096 bytes of progress in a line at most; a longer line is cut there. */
const MAX_LINE = 4_096;

/** Cuts a stream into lines; a carriage return ends one too, since progress is redrawn with it. */
export class LineSplitter {
  private rest = '';
  private readonly decoder = new TextDecoder();

  constructor(private readonly onLine: (line: string) => void) {}

  push(chunk: Buffer): void {
    const parts = (this.rest + this.decoder.decode(chunk, { stream: true })).split(/[\r\n]/);
    this.rest = (parts.pop() ?? '').slice(0, MAX_LINE);
    for (const line of parts) this.emit(line);
  }

  end(): void {
    this.emit(this.rest);
    this.rest = '';
  }

  private emit(line: string): void {
    if (line !== '') this.onLine(line);
  }
}
