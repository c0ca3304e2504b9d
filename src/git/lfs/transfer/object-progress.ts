import { type ProgressListener } from '../../git-writes.port.js';
import { type LfsFile } from '../lfs-files.reader.js';
import { bytesOf } from './transfer.budget.js';

/** Tells how far a transfer is, in percent of all bytes, as often as that changes. */
export class ObjectProgress {
  private readonly totalBytes: number;
  private movedBytes = 0;
  private doneObjects = 0;
  private last = -1;

  constructor(
    private readonly files: readonly LfsFile[],
    private readonly listener: ProgressListener,
  ) {
    this.totalBytes = Math.max(bytesOf(files), 1);
  }

  readonly bytes = (count: number): void => {
    this.movedBytes += count;
    this.tell();
  };

  done(): void {
    this.doneObjects += 1;
    this.tell();
  }

  private tell(): void {
    const isOver = this.doneObjects === this.files.length;
    const current = isOver ? 100 : Math.min(99, Math.floor((this.movedBytes * 100) / this.totalBytes));
    if (current <= this.last) return;
    this.last = current;
    this.listener({ current, total: 100, message: `LFS objects ${this.doneObjects}/${this.files.length}` });
  }
}
