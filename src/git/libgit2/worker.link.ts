import { readFile } from 'node:fs/promises';

import { ServerError } from '../../shared/errors/index.js';
import { type WorkerJob } from './worker.job.js';
import { type WorkerReady, type WorkerReply, type WorkerRequest } from './worker.protocol.js';

/** Of a child process with an IPC channel, what is used of it. */
export interface WorkerProcess {
  readonly pid?: number | undefined;
  readonly stderr: NodeJS.ReadableStream | null;
  kill(signal: 'SIGKILL'): boolean;
  send(message: WorkerRequest, sent: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: WorkerReady | WorkerReply) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  on(event: 'exit', listener: (code: number | null, signal: string | null) => void): unknown;
}

export interface WorkerEvents {
  readonly onReady: () => void;
  readonly onIdle: () => void;
  /** Nothing is to be given to it any more; the process itself may take a moment to end. */
  readonly onGone: (diagnosis: Readonly<Record<string, string | number>>) => void;
}

const PAGE_BYTES = 4_096;
const MEMORY_CHECK_MS = 250;
/** In mid-operation a worker may grow beyond its limit for a moment, but not without bound. */
const RUNAWAY_FACTOR = 2;
const STDERR_KEPT = 2_000;

/** The pool's end of one worker process: what it does, and its end. */
export class WorkerLink {
  /** Settles when the process is no more. */
  readonly exited: Promise<void>;
  private loaded = false;
  private job: WorkerJob | undefined;
  private jobs = 0;
  private ended = false;
  private opened: readonly number[] = [];
  private memoryCheck: NodeJS.Timeout | undefined;
  private stderr = '';

  constructor(
    private readonly process: WorkerProcess,
    private readonly maxMemoryBytes: number,
    private readonly events: WorkerEvents,
  ) {
    process.on('message', (message) => this.receive(message));
    process.on('error', () => this.end(crashed(), 'error'));
    process.on('disconnect', () => this.end(crashed(), 'disconnected'));
    process.stderr?.on('data', (chunk) => (this.stderr = (this.stderr + String(chunk)).slice(-STDERR_KEPT)));
    this.exited = new Promise((resolve) => {
      process.on('exit', (code, signal) => {
        this.end(crashed(), signal ?? `exit ${code}`);
        resolve();
      });
      // A process that could not be started has no exit.
      process.on('error', () => resolve());
    });
  }

  get ready(): boolean {
    return this.loaded;
  }

  get busy(): boolean {
    return this.job !== undefined;
  }

  get idle(): boolean {
    return this.loaded && !this.ended && !this.busy;
  }

  /** When each repository was opened that the process has open: milliseconds since 1970. */
  get openedAt(): readonly number[] {
    return this.opened;
  }

  begin(job: WorkerJob): void {
    this.job = job;
    this.jobs += 1;
    job.stop = (reason) => this.end(reason, 'stopped');
    const { operation, place, args } = job;
    this.memoryCheck = setInterval(() => void this.checkMemory(), MEMORY_CHECK_MS);
    this.process.send({ id: this.jobs, operation, place, args }, (error) => {
      if (error) this.end(crashed(), 'disconnected');
    });
  }

  /** Kills the process; the operation in it fails with `reason`. */
  end(reason: Error, why: string): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.memoryCheck);
    const { job } = this;
    this.job = undefined;
    this.process.kill('SIGKILL');
    job?.fail(reason);
    const stderr = this.stderr === '' ? {} : { stderr: this.stderr };
    this.events.onGone({ why, operation: job?.operation ?? 'none', ...stderr });
  }

  private receive(message: WorkerReady | WorkerReply): void {
    if (this.ended) return;
    if ('ready' in message) {
      this.loaded = true;
      this.events.onReady();
    } else if (message.id === this.jobs) this.finish(message);
  }

  private finish(reply: WorkerReply): void {
    clearInterval(this.memoryCheck);
    const { job } = this;
    this.job = undefined;
    this.opened = reply.openedAt;
    job?.succeed('unsuited' in reply ? { unsuited: reply.unsuited } : { answer: reply.answer });
    if ((reply.memoryBytes ?? 0) > this.maxMemoryBytes) this.end(crashed(), 'memory');
    else this.events.onIdle();
  }

  private async checkMemory(): Promise<void> {
    const { job } = this;
    const statm = await readFile(`/proc/${this.process.pid}/statm`, 'latin1').catch(() => '');
    const [, resident = '0', shared = '0'] = statm.split(' ');
    const bytes = (Number(resident) - Number(shared)) * PAGE_BYTES;
    if (job === this.job && bytes > this.maxMemoryBytes * RUNAWAY_FACTOR) this.end(crashed(), 'memory');
  }
}

function crashed(): ServerError {
  const message = 'The process that read the repository ended unexpectedly; try again';
  return new ServerError('temporary_resource_unavailable', message, { retryAfterMs: 200 });
}
