import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { ResourceLedger } from '../../resources/resource.ledger.js';
import { turnOf } from '../../resilience/turn.js';
import { TurnQueue } from '../../resilience/turn-queue.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Repository } from '../repository.js';
import { type LockOwner, type RepositoryLocks } from '../repository-locks.port.js';
import { WriterMark } from './writer-mark.js';

type Release = () => void;

interface Waiter {
  readonly owner: LockOwner;
  readonly grant: () => void;
}

interface Lock {
  holder: LockOwner;
  sinceMs: number;
  readonly waiting: TurnQueue<Waiter>;
}

/**
 * One writer at a time per repository. Principals take turns, and the sessions of each within its own, so that one with
 * a hundred writes delays another by a single one; within a session it is first come, first served.
 */
@Injectable()
export class FairRepositoryLocks implements RepositoryLocks {
  private readonly locks = new Map<string, Lock>();

  constructor(
    private readonly config: GitConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: MetricsRegistry,
    private readonly resources: ResourceLedger,
    private readonly mark: WriterMark,
  ) {
    const help = 'Operations that wait until another one has written to their repository';
    metrics.gauge('mcp_git_repository_writers_waiting', help, () => this.waiting);
    metrics.gauge('mcp_git_repositories_locked', 'Repositories that an operation writes to', () => this.held);
  }

  /** Repositories that somebody writes to. */
  get held(): number {
    return this.locks.size;
  }

  /** Writers that wait for their turn. */
  get waiting(): number {
    return [...this.locks.values()].reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  async acquire(repository: Repository, owner: LockOwner, signal: AbortSignal): Promise<Release> {
    refuseAborted(signal);
    const { commonDir } = repository;
    const lock = this.locks.get(commonDir);
    if (lock) await this.waitFor(lock, owner, signal);
    else {
      const sinceMs = this.clock.monotonicMs();
      this.locks.set(commonDir, { holder: owner, sinceMs, waiting: new TurnQueue() });
      await this.mark.set(repository);
    }
    return this.releaseOnce(commonDir, owner);
  }

  private waitFor(lock: Lock, owner: LockOwner, signal: AbortSignal): Promise<void> {
    const turn = turnOf(owner.principal, owner.sessionId);
    return new Promise((resolve, reject) => {
      const leave = (how: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', cancel);
        lock.waiting.remove(turn, waiter);
        how();
      };
      const waiter: Waiter = { owner, grant: () => leave(resolve) };
      const cancel = () => leave(() => reject(cancelled(signal)));
      const timer = setTimeout(() => leave(() => reject(this.busy(lock))), this.config.lockTimeout);
      signal.addEventListener('abort', cancel, { once: true });
      lock.waiting.push(turn, waiter);
    });
  }

  private releaseOnce(commonDir: string, { sessionId, tool }: LockOwner): Release {
    let released = false;
    // Without a forced release: git may still write, and only its end may end the lock.
    const resource = this.resources.acquire({
      type: 'lock',
      label: `writer lock of ${tool}`,
      owner: sessionId,
    });
    return () => {
      if (released) return;
      released = true;
      this.resources.release(resource);
      this.passOn(commonDir);
    };
  }

  // Handed over without being free in between: whoever asks just then waits behind those who waited already.
  private passOn(commonDir: string): void {
    const lock = this.locks.get(commonDir);
    const next = lock?.waiting.shift();
    if (!lock || !next) {
      this.locks.delete(commonDir);
      this.mark.clear({ commonDir });
      return;
    }
    lock.holder = next.owner;
    lock.sinceMs = this.clock.monotonicMs();
    next.grant();
  }

  private busy({ holder, sinceMs }: Lock): ServerError {
    const heldForMs = Math.round(this.clock.monotonicMs() - sinceMs);
    return new ServerError('repository_busy', 'Another operation is writing to the repository; try again', {
      retryAfterMs: Math.max(this.config.lockTimeout, 100),
      details: { tool: holder.tool, heldForMs },
    });
  }
}

function refuseAborted(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled(signal);
}

function cancelled({ reason }: AbortSignal): ServerError {
  if (reason instanceof ServerError) return reason;
  return new ServerError(
    'operation_cancelled',
    'The operation was cancelled while it waited for the repository',
  );
}
