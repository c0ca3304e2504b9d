import { type PoolReply, type RepositoryPlace, type WorkerOperationName } from './worker.protocol.js';

/** One operation on its way through the pool. It settles once; what comes later is ignored. */
export class WorkerJob {
  /** Whose turn it takes: one for each repository. */
  readonly owner: string;
  /** Ends the process that runs it, once one does. */
  stop: ((reason: Error) => void) | undefined;
  readonly settled: Promise<PoolReply>;
  succeed: (reply: PoolReply) => void = () => undefined;
  fail: (error: Error) => void = () => undefined;

  constructor(
    readonly operation: WorkerOperationName,
    readonly place: RepositoryPlace | null,
    readonly args: object,
  ) {
    this.owner = place?.commonDir ?? '';
    this.settled = new Promise((resolve, reject) => {
      this.succeed = resolve;
      this.fail = reject;
    });
    // A job may fail while nobody waits for it yet.
    this.settled.catch(() => undefined);
  }
}
