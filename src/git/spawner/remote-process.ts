import { EventEmitter } from 'node:events';

import { type StartedProcess } from '../cli/run-process.js';
import { type SpawnerEvent, type SpawnerOrder } from './spawner.protocol.js';

type Order = SpawnerOrder extends infer One ? (One extends unknown ? Omit<One, 'id'> : never) : never;

/** A process that the spawner has started, as if this one had. */
export class RemoteProcess extends EventEmitter implements StartedProcess {
  readonly started: Promise<number>;
  readonly stdin: StartedProcess['stdin'];
  readonly stdout: RemoteOutput;
  readonly stderr: RemoteOutput;
  private settle: { resolve: (pid: number) => void; reject: (error: Error) => void } | undefined;

  /** @param order tells the spawner something about this process, @param input which may have some */
  constructor(order: (order: Order) => void, input: boolean) {
    super();
    this.started = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    // Whoever waits is told; whoever does not has lost nothing.
    this.started.catch(() => undefined);
    this.stdin = input ? new RemoteInput((given) => order({ input: given })) : null;
    this.stdout = new RemoteOutput(() => order({ letGo: true }));
    this.stderr = new RemoteOutput(() => undefined);
  }

  receive(event: SpawnerEvent): void {
    if ('pid' in event) this.settle?.resolve(event.pid);
    else if ('failed' in event) this.fail(event.failed.code, event.failed.message);
    else if ('chunk' in event) this[event.stream].emit('data', Buffer.from(event.chunk));
    else if ('exit' in event) this.emit('exit', ...event.exit);
    else this.emit('close', ...event.close);
  }

  /** The spawner is no more: nothing further will be heard of the process, which may go on. */
  lose(): void {
    this.settle?.reject(Object.assign(new Error('The spawner ended'), { code: 'EAGAIN' }));
    this.emit('exit', null, 'SIGKILL');
    this.emit('close', null, 'SIGKILL');
  }

  private fail(code: string | undefined, message: string): void {
    this.settle?.reject(Object.assign(new Error(message), { code }));
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
