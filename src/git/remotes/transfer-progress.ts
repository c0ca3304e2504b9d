import { type ProgressListener } from '../git-writes.port.js';

const LINE = /^(?:remote: )?([A-Z][a-z]+(?: [a-z]+)*): +(\d+)% \((\d+)\/(\d+)\)/;

/** How far a transfer is, in percent, when a phase begins; in git's order of phases. */
const PHASES: Readonly<Record<string, readonly [from: number, to: number]>> = {
  'Enumerating objects': [0, 5],
  'Counting objects': [0, 5],
  'Compressing objects': [5, 15],
  'Receiving objects': [15, 80],
  'Writing objects': [15, 80],
  'Resolving deltas': [80, 95],
  'Updating files': [95, 100],
};

/** Turns what git says of its progress into one number from 0 to 100 that never goes back. */
export class TransferProgress {
  private last = -1;

  constructor(private readonly listener: ProgressListener) {}

  readonly onLine = (line: string): void => {
    const match = LINE.exec(line);
    const phase = match && PHASES[match[1] as string];
    if (!match || !phase) return;
    const [, name, percent, done, total] = match;
    const current = Math.floor(phase[0] + ((phase[1] - phase[0]) * Number(percent)) / 100);
    if (current <= this.last) return;
    this.last = current;
    this.listener({ current, total: 100, message: `${name} ${done}/${total}` });
  };
}
