import { EventEmitter } from 'node:events';

const NOTHING = Buffer.alloc(0);

/**
 * What one process writes into a pipe that others have written into before: all that stands between two marks. Whoever
 * outlived the process before wrote before the first of them, since nobody of its group is left when the next one begins.
 */
export class MarkedOutput extends EventEmitter {
  private rest: Buffer = NOTHING;
  private marks = 0;

  /** @param mark random, so that no output holds it @param whole is called at the second mark */
  constructor(
    private readonly mark: Buffer,
    private readonly whole: () => void,
  ) {
    super();
  }

  push(chunk: Buffer): void {
    let bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    for (let at = bytes.indexOf(this.mark); at !== -1 && this.marks < 2; at = bytes.indexOf(this.mark)) {
      this.give(bytes.subarray(0, at));
      bytes = bytes.subarray(at + this.mark.length);
      this.marks += 1;
      if (this.marks === 2) this.whole();
    }
    const sure = bytes.length - this.begun(bytes);
    this.give(bytes.subarray(0, sure));
    this.rest = bytes.subarray(sure);
  }

  /** Nobody reads on. */
  destroy(): void {
    this.removeAllListeners();
  }

  /** How many bytes at the end may be the beginning of the mark: what is sure to be output is told at once. */
  private begun(bytes: Buffer): number {
    for (let length = Math.min(bytes.length, this.mark.length - 1); length > 0; length -= 1)
      if (this.mark.compare(bytes, bytes.length - length, bytes.length, 0, length) === 0) return length;
    return 0;
  }

  private give(part: Buffer): void {
    if (this.marks === 1 && part.length > 0) this.emit('data', part);
  }
}
