import { randomBytes } from 'node:crypto';
import { type Readable } from 'node:stream';

import { MarkedOutput } from './marked-output.js';
import { type OutputRequest } from './spawner.protocol.js';

const MARK_BYTES = 16;

/** Standard output and error of one process, and of another one once this one is over. */
export interface LaneOutput {
  readonly stdout: MarkedOutput;
  readonly stderr: MarkedOutput;
  /** What the spawner has to know of it. */
  readonly request: OutputRequest;
  /** Nobody of the process's group is left to write. */
  release(): void;
}

/**
 * Two pipes that begin in the spawner and end here, for output that need not pass through the spawner. They stay: the
 * spawner marks where the output of a process begins and ends.
 */
export class OutputLane {
  private outputs: readonly MarkedOutput[] = [];

  /** @param number by which the spawner knows it @param pipes for standard output and for standard error */
  constructor(
    private readonly number: number,
    private readonly pipes: readonly Readable[],
  ) {
    for (const [at, pipe] of pipes.entries()) {
      pipe.on('data', (chunk: Buffer) => this.outputs[at]?.push(chunk));
      // It ends with the spawner, which is seen elsewhere.
      pipe.on('error', () => undefined);
    }
  }

  /** @param whole all of the output has been told @param free the next process may use it */
  begin(whole: () => void, free: () => void): LaneOutput {
    const mark = randomBytes(MARK_BYTES);
    // The end of each of the two outputs, and that of the group.
    let expected = 3;
    const ended = () => {
      expected -= 1;
      if (expected === 0) free();
    };
    let open = this.pipes.length;
    const output = () =>
      new MarkedOutput(mark, () => {
        open -= 1;
        if (open === 0) whole();
        ended();
      });
    const [stdout, stderr] = [output(), output()];
    this.outputs = [stdout, stderr];
    return { stdout, stderr, request: { lane: this.number, mark: mark.toString('hex') }, release: ended };
  }

  close(): void {
    for (const pipe of this.pipes) pipe.destroy();
  }
}
