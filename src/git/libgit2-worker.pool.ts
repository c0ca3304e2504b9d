import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { GitConfig } from '../config/sections/index.js';
import { noteEngine, notePart } from '../observability/operation-trace.js';
import { Deadline } from '../resilience/deadline.js';
import { FairQueue } from '../resilience/fair-queue.js';
import { type ResourceView } from '../resources/resource.js';
import { ResourceLedger } from '../resources/resource.ledger.js';
import { ServerError } from '../shared/errors/index.js';
import { WorkerJob } from './libgit2/worker.job.js';
import { WorkerLink } from './libgit2/worker.link.js';
import {
  type RepositoryPlace,
  type WorkerOperationName,
  type WorkerOperations,
} from './libgit2/worker.protocol.js';

/** Compiled, also when this file runs as it is written. */
const WORKER = join(import.meta.dirname, 'libgit2/worker.main.js').replace(/\/src\/git\//, '/dist/git/');
const END_GRACE_MS = 2_000;
/** Starting a worker takes a processor for a moment: the server's own start, and what a client asks first, come before. */
const WARM_UP_AFTER_MS = 250;
const MAX_FAILED_STARTS = 3;

export interface PoolStats {
  readonly workers: number;
  readonly busy: number;
  readonly queued: number;
  /** Workers replaced since the start, for whatever reason. */
  readonly restarts: number;
}

/** An answer, or the fixed word for why git is to be asked instead. */
export type PoolAnswer<Name extends WorkerOperationName> =
  { readonly answer: WorkerOperations[Name]['answer'] } | { readonly unsuited: string };

/**
 * Runs libgit2 in processes of its own, one operation at a time in each, so that a crash, a hang or a runaway
 * allocation of native code costs one operation.
 *
 * A libgit2 call cannot be stopped, so a worker is killed at the deadline or when its caller gives up. That harms
 * nothing: workers only read and hold no lock. The next one in the queue gets a new worker.
 */
@Injectable()
export class Libgit2WorkerPool implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Libgit2WorkerPool.name);
  private readonly workers = new Set<WorkerLink>();
  /** Exits of processes that are on their way out. */
  private readonly ending = new Set<Promise<void>>();
  /** By repository: a long line at one keeps nobody from another. */
  private readonly queue = new FairQueue<WorkerJob>();
  private restarts = 0;
  private failedStarts = 0;
  private closed = false;
  private warmUp: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: GitConfig,
    private readonly resources: ResourceLedger,
  ) {
    resources.observe(() => this.handles());
  }

  onApplicationBootstrap(): void {
    this.warmUp = setTimeout(() => {
      if (this.workers.size === 0) this.start();
    }, WARM_UP_AFTER_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    clearTimeout(this.warmUp);
    for (const job of this.everythingQueued()) job.fail(shuttingDown());
    for (const link of this.workers) link.end(shuttingDown(), 'shutdown');
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => (timer = setTimeout(resolve, END_GRACE_MS)));
    await Promise.race([Promise.all(this.ending), grace]);
    clearTimeout(timer);
  }

  /** Workers could not be started lately: libgit2 cannot be loaded here, as it seems. */
  get unavailable(): boolean {
    return this.closed || this.failedStarts >= MAX_FAILED_STARTS;
  }

  /** Whoever asks now need not wait. */
  get idle(): boolean {
    return !this.closed && [...this.workers].some((link) => link.idle);
  }

  stats(): PoolStats {
    const busy = [...this.workers].filter((link) => link.busy).length;
    return { workers: this.workers.size, busy, queued: this.queue.size, restarts: this.restarts };
  }

  /** A real libgit2 operation, for the health check. @throws ServerError as `run` */
  async probe(signal: AbortSignal): Promise<void> {
    const reply = await this.run('probe', null, {}, signal);
    if ('answer' in reply) return;
    const message = 'libgit2 cannot be started; git answers in its place, slower';
    throw new ServerError('temporary_resource_unavailable', message, { details: { reason: reply.unsuited } });
  }

  /**
   * @throws ServerError `operation_timeout` after `git.timeout`; `operation_cancelled`;
   *   `temporary_resource_unavailable` where the worker died or grew too large
   */
  async run<Name extends WorkerOperationName>(
    operation: Name,
    place: RepositoryPlace | null,
    args: WorkerOperations[Name]['args'],
    signal: AbortSignal,
  ): Promise<PoolAnswer<Name>> {
    if (this.closed) throw shuttingDown();
    noteEngine('libgit2');
    const deadline = new Deadline(this.config.timeout, signal);
    const since = performance.now();
    const job = new WorkerJob(operation, place, args);
    const giveUp = () => this.giveUp(job, deadline.reason);
    deadline.signal.addEventListener('abort', giveUp, { once: true });
    try {
      if (deadline.signal.aborted) throw deadline.reason;
      this.queue.push(job.owner, job);
      this.dispatch();
      return (await job.settled) as PoolAnswer<Name>;
    } catch (error) {
      // An outer deadline gives its own reason, which says more than that somebody cancelled.
      throw error === deadline.signal.reason && signal.reason instanceof ServerError ? signal.reason : error;
    } finally {
      notePart('engine', performance.now() - since);
      deadline.signal.removeEventListener('abort', giveUp);
      deadline.dispose();
    }
  }

  private giveUp(job: WorkerJob, reason: ServerError): void {
    this.queue.remove(job.owner, job);
    job.stop?.(reason);
    job.fail(reason);
  }

  private dispatch(): void {
    while (this.queue.size > 0) {
      const idle = [...this.workers].find((link) => link.idle);
      const job = idle && this.queue.shift();
      if (!idle || !job) break;
      idle.begin(job);
    }
    const starting = [...this.workers].filter((link) => !link.ready).length;
    const wanted = Math.min(this.queue.size - starting, this.config.workers.max - this.workers.size);
    for (let i = 0; i < wanted; i += 1) this.start();
  }

  private start(): void {
    if (this.closed) return;
    const { maxMemoryBytes } = this.config.workers;
    const link = new WorkerLink(forkWorker(), maxMemoryBytes, {
      onReady: () => {
        this.failedStarts = 0;
        this.dispatch();
      },
      onIdle: () => this.dispatch(),
      onGone: (diagnosis) => this.replace(link, diagnosis),
    });
    this.workers.add(link);
    this.register(link);
  }

  private register(link: WorkerLink): void {
    const id = this.resources.acquire({ type: 'worker', label: 'libgit2 worker', owner: 'git' });
    void link.exited.then(() => this.resources.release(id));
  }

  private *handles(): Iterable<ResourceView> {
    const opened = [...this.workers].flatMap((link) => link.openedAt);
    for (const at of opened)
      yield {
        type: 'repository-handle',
        label: 'repository open in a libgit2 worker',
        owner: 'git',
        ageMs: Date.now() - at,
      };
  }

  private replace(link: WorkerLink, diagnosis: Readonly<Record<string, string | number>>): void {
    this.workers.delete(link);
    this.ending.add(link.exited);
    void link.exited.then(() => this.ending.delete(link.exited));
    if (this.closed) return;
    this.restarts += 1;
    if (!link.ready) this.failedStarts += 1;
    this.logger.warn('libgit2 worker ended', { ...diagnosis, restarts: this.restarts });
    if (link.ready) this.dispatch();
    // A start that fails is not tried again until there is a new operation to run.
    else if (this.workers.size === 0)
      for (const job of this.everythingQueued()) job.succeed({ unsuited: 'no-worker' });
  }

  private *everythingQueued(): Iterable<WorkerJob> {
    for (let job = this.queue.shift(); job !== undefined; job = this.queue.shift()) yield job;
  }
}

function forkWorker(): ChildProcess {
  return fork(WORKER, [], {
    env: {
      // What libgit2 and the loader of shared libraries need, and nothing of the server's environment.
      PATH: '/usr/bin:/bin',
      HOME: '/nonexistent',
      LC_ALL: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
    },
    execArgv: ['--no-deprecation'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

function shuttingDown(): ServerError {
  const message = 'The server is shutting down; try again after its restart';
  return new ServerError('server_draining', message, { retryAfterMs: 1_000 });
}
