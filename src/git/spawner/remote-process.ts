import { EventEmitter } from 'node:events';

import { type ProcessOutput, type StartedProcess } from '../cli/run-process.js';
import { type LaneOutput, type OutputLane } from './output-lane.js';
import {
  type Ending,
  type OutputRequest,
  type SpawnerEvent,
  type SpawnerOrder,
  type StreamName,
} from './spawner.protocol.js';

type Order = SpawnerOrder extends infer One ? (One extends unknown ? Omit<One, 'id'> : never) : never;

export interface RemoteRequest {
  /** Tells the spawner something about this process. */
  readonly order: (order: Order) => void;
  /** Whether it may have input. */
  readonly input: boolean;
  /** What takes its output; else the spawner tells it. */
  readonly lane: OutputLane | undefined;
  /** The lane may be used by another process. */
  readonly free: (lane: OutputLane) => void;
}

/** A process that the spawner has started, as if this one had. */
export class RemoteProcess extends EventEmitter implements StartedProcess {
  readonly started: Promise<number>;
  readonly stdin: StartedProcess['stdin'];
  readonly stdout: ProcessOutput;
  readonly stderr: ProcessOutput;
  /** Where the spawner is to send its output. */
  readonly output: OutputRequest | undefined;
  private readonly through: LaneOutput | undefined;
  private settle: { resolve: (pid: number) => void; reject: (error: Error) => void } | undefined;
  /** Known once it has ended, and told once its output is. */
  private ending: Ending | undefined;
  private isWhole: boolean;

  constructor({ order, input, lane, free }: RemoteRequest) {
    super();
    this.started = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    // Whoever waits is told; whoever does not has lost nothing.
    this.started.catch(() => undefined);
    this.stdin = input ? new RemoteInput((given) => order({ input: given })) : null;
    this.isWhole = lane === undefined;
    const whole = () => {
      this.isWhole = true;
      this.close();
    };
    this.through = lane?.begin(whole, () => free(lane));
    this.output = this.through?.request;
    this.stdout = this.through?.stdout ?? new RemoteOutput(() => order({ letGo: true }));
    this.stderr = this.through?.stderr ?? new RemoteOutput(() => undefined);
  }

  receive(event: SpawnerEvent): void {
    if ('pid' in event) this.settle?.resolve(event.pid);
    else if ('failed' in event) this.fail(event.failed.code, event.failed.message);
    else if ('chunk' in event) this.tell(event.stream, Buffer.from(event.chunk));
    else if ('exit' in event) this.emit('exit', ...event.exit);
    else {
      this.ending = event.close;
      this.close();
    }
  }

  release(): void {
    this.through?.release();
  }

  /** The spawner is no more: nothing further will be heard of the process, which may go on. */
  lose(): void {
    this.settle?.reject(Object.assign(new Error('The spawner ended'), { code: 'EAGAIN' }));
    this.emit('exit', null, 'SIGKILL');
    this.emit('close', null, 'SIGKILL');
  }

  private tell(stream: StreamName, chunk: Buffer): void {
    const output = this[stream];
    if (output instanceof RemoteOutput) output.emit('data', chunk);
  }

  private close(): void {
    if (this.isWhole && this.ending !== undefined) this.emit('close', ...this.ending);
  }

  private fail(code: string | undefined, message: string): void {
    this.settle?.reject(Object.assign(new Error(message), { code }));
    this.release();
    this.emit('close', null, null);
  }
}

class RemoteOutput extends EventEmitter {
  constructor(private readonly letGo: () => void) {
    super();
  }

  destroy(): void {
    this.removeAllListeners();
    this.letGo();
  }
}

class RemoteInput {
  constructor(private readonly give: (input: string | Buffer) => void) {}

  /** A pipe that the process closes is no error, there or here. */
  on(): this {
    return this;
  }

  end(input: string | Buffer | undefined): void {
    this.give(input ?? '');
  }
}
