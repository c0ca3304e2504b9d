import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../config/sections/index.js';
import {
  REPOSITORY_LOCATOR,
  REPOSITORY_LOCKS,
  type RepositoryLocator,
  type RepositoryLocks,
} from '../git/repository-locks.port.js';
import { TurnLocator } from '../git/paths/turn-locator.js';
import { withCredentials } from '../git/remotes/session-credentials.js';
import { type Repository } from '../git/repository.js';
import { notePart } from '../observability/operation-trace.js';
import { Deadline } from '../resilience/deadline.js';
import { type Operation } from '../resilience/operation.js';
import { OperationExecutor } from '../resilience/operation.executor.js';
import { turnOf } from '../resilience/turn.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { joined } from '../shared/joined.js';
import {
  type FreeTool,
  type RepositoryCallContext,
  type RepositoryTool,
  type ToolAnswer,
  type ToolContext,
  type ToolSpec,
} from './tool.js';
import { type FreeCall, type PreparedCall } from './changes/call-preparation.service.js';

export interface RepositoryCall extends PreparedCall {
  readonly tool: RepositoryTool;
  /** The caller's path of the repository. */
  readonly path: string;
}

type Answer = ToolAnswer<object>;
type Work = (signal: AbortSignal) => Promise<Answer>;

/** Runs a tool on validated input: finds the repository, takes the writer lock, obeys the policies of operations. */
@Injectable()
export class ToolRunner {
  private readonly readers: TurnLocator;

  constructor(
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    @Inject(REPOSITORY_LOCKS) private readonly locks: RepositoryLocks,
    private readonly executor: OperationExecutor,
    private readonly config: GitConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.readers = new TurnLocator(locator);
  }

  /** @param timeoutMs the caller's wish; it shortens the configured deadline and never extends it */
  runFree(
    { tool, perform }: FreeCall,
    context: ToolContext,
    signal: AbortSignal,
    timeoutMs?: number,
  ): Promise<Answer> {
    const operation = this.operation(tool, context, 'none', timeoutMs);
    // Here, and not before the wait for a turn: whoever ends that wait may be another session's call.
    const work: Work = (aborted) =>
      withCredentials(context.credentials ?? [], () => perform(context, aborted));
    return this.executor.run(operation, work, signal);
  }

  /** As `runFree`; the deadline covers the wait for the writer lock too. */
  async runOnRepository(
    call: RepositoryCall,
    context: RepositoryCallContext,
    signal: AbortSignal,
    timeoutMs?: number,
  ): Promise<Answer> {
    try {
      return await this.located(call, context, signal, timeoutMs);
    } finally {
      this.readers.end();
    }
  }

  private async located(
    { tool, path, access, perform }: RepositoryCall,
    context: RepositoryCallContext,
    signal: AbortSignal,
    timeoutMs?: number,
  ): Promise<Answer> {
    const { queued } = context.waited ?? {};
    // Else a new call would first wait for the lock, and a drain for the call.
    if (queued === undefined) this.executor.assertAdmits();
    const operation = this.operation(tool, context, access, timeoutMs);
    const startedAt = queued?.since ?? this.clock.monotonicMs();
    const repository = await (access === 'read' ? this.readers : this.locator).locate(path, signal);
    const read: Work = (aborted) =>
      withCredentials(context.credentials ?? [], () => perform(joined(context, { repository }), aborted));
    if (access === 'read')
      return this.executor.run(
        queued === undefined ? operation : joined(operation, { queued }),
        read,
        signal,
      );
    // Nobody holds a place while waiting for the lock.
    queued?.close();
    const work: Work = async (aborted) => {
      await context.underway?.(repository);
      return read(aborted);
    };
    const release = await this.lock(repository, tool.spec.name, context, operation, signal);
    const timeLeft = Math.max(1, operation.timeoutMs - (this.clock.monotonicMs() - startedAt));
    return this.executeLocked({ ...operation, timeoutMs: timeLeft }, work, signal, release);
  }

  private async lock(
    repository: Repository,
    tool: string,
    { sessionId, requestId, principal }: ToolContext,
    { timeoutMs }: Operation,
    signal: AbortSignal,
  ): Promise<() => void> {
    const deadline = new Deadline(timeoutMs, signal);
    const since = this.clock.monotonicMs();
    try {
      const owner = { sessionId, requestId, tool, principal };
      return await this.locks.acquire(repository, owner, deadline.signal);
    } catch (thrown) {
      throw deadline.signal.aborted ? deadline.reason : thrown;
    } finally {
      notePart('lock', this.clock.monotonicMs() - since);
      deadline.dispose();
    }
  }

  // The caller may be answered before the work has settled. Until then git may still write, so the lock stays.
  private async executeLocked(
    operation: Operation,
    work: Work,
    signal: AbortSignal,
    release: () => void,
  ): Promise<Answer> {
    let settled: Promise<unknown> = Promise.resolve();
    const watched: Work = (aborted) => {
      const running = work(aborted);
      settled = running.catch(() => undefined);
      return running;
    };
    try {
      return await this.executor.run(operation, watched, signal);
    } finally {
      void settled.then(release);
    }
  }

  private operation(
    { spec }: FreeTool | RepositoryTool,
    { sessionId, requestId, principal }: ToolContext,
    access: ToolSpec<object, object>['access'],
    wishedMs = Number.POSITIVE_INFINITY,
  ): Operation {
    const limitMs = spec.network ? this.config.networkTimeout : this.config.timeout;
    return {
      kind: operationKind(spec, access),
      ...turnOf(principal, sessionId),
      name: spec.name,
      requestId,
      idempotent: spec.annotations.idempotentHint,
      timeoutMs: Math.min(limitMs, wishedMs),
      timeoutSetByCaller: wishedMs < limitMs,
      hasOwnCircuits: spec.network,
    };
  }
}

/** @param access of this call. What works on no repository yet makes one. */
export function operationKind(
  { network }: Pick<ToolSpec<object, object>, 'network'>,
  access: ToolSpec<object, object>['access'],
): string {
  return network ? 'git.network' : `git.${access === 'none' ? 'write' : access}`;
}
