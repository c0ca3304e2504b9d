import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { GitConfig } from '../../config/sections/index.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Principal, type Scope } from '../../shared/principal.js';
import { type Repository } from '../repository.js';
import { ResourceLedger } from '../../resources/resource.ledger.js';
import { FairRepositoryLocks } from './fair-repository.locks.js';
import { WriterMark } from './writer-mark.js';

const repository = (commonDir: string): Repository => ({
  path: '/r',
  gitDir: '/r/.git',
  commonDir,
  bare: false,
  objectFormat: 'sha1',
  refFormat: 'files',
  trust: 'untrusted',
});
const A = repository('/a/.git');
const B = repository('/b/.git');
const never = new AbortController().signal;
const owner = (sessionId: string, tool = 'git_commit') => ({ sessionId, requestId: 'r', tool });
const principal = (name: string): Principal => ({ name, scopes: new Set<Scope>() });

describe('Repository locks', () => {
  let now: number;
  let locks: FairRepositoryLocks;
  let metrics: MetricsRegistry;

  beforeEach(() => {
    vi.useFakeTimers();
    now = 0;
    const clock = { nowMs: () => now, monotonicMs: () => now };
    metrics = new MetricsRegistry();
    locks = new FairRepositoryLocks(
      Object.assign(new GitConfig(), { lockTimeout: 1_000 }),
      clock,
      metrics,
      new ResourceLedger(clock),
      new WriterMark(clock, metrics, {}),
    );
  });

  afterEach(() => {
    const timers = vi.getTimerCount();
    vi.useRealTimers();
    if (timers > 0) throw new Error('A lock left its timer behind');
  });

  async function holdBriefly(sessionId: string, work: () => void): Promise<void> {
    const release = await locks.acquire(A, owner(sessionId), never);
    work();
    release();
  }

  async function later(ms: number): Promise<void> {
    now += ms;
    await vi.advanceTimersByTimeAsync(ms);
  }

  it('let one write at a time, and repositories not wait for each other', async () => {
    const order: string[] = [];
    const release = await locks.acquire(A, owner('s1'), never);
    const second = holdBriefly('s1', () => order.push('second'));
    (await locks.acquire(B, owner('s1'), never))();
    order.push('other');

    release();
    await second;

    expect(order).toEqual(['other', 'second']);
    expect(locks.held).toBe(0);
  });

  it('take turns between sessions, and keep the order within one', async () => {
    const order: string[] = [];
    const release = await locks.acquire(A, owner('greedy'), never);
    const wanted = ['greedy-1', 'greedy-2', 'greedy-3', 'modest-1'].map((name) =>
      holdBriefly(name.split('-', 1)[0] as string, () => order.push(name)),
    );

    release();
    await Promise.all(wanted);

    expect(order).toEqual(['greedy-1', 'modest-1', 'greedy-2', 'greedy-3']);
  });

  it('take turns between principals first, whatever the number of their sessions', async () => {
    const order: string[] = [];
    const [greedy, modest] = [principal('greedy'), principal('modest')];
    const callers = [
      { ...owner('s1'), principal: greedy },
      { ...owner('s2'), principal: greedy },
      { ...owner('s3'), principal: greedy },
      { ...owner('s4'), principal: modest },
    ];
    const release = await locks.acquire(A, owner('first'), never);
    const wanted = callers.map(async (caller) => {
      const done = await locks.acquire(A, caller, never);
      order.push(caller.sessionId);
      done();
    });

    release();
    await Promise.all(wanted);

    expect(order).toEqual(['s1', 's4', 's2', 's3']);
  });

  it('say who holds the repository, and for how long, when the wait is over', async () => {
    const release = await locks.acquire(A, owner('s1', 'git_rebase'), never);
    await later(200);
    const refused = locks.acquire(A, owner('s2'), never).catch((error: unknown) => error);

    await later(1_000);

    expect(await refused).toMatchObject({
      code: 'repository_busy',
      retryAfterMs: 1_000,
      details: { tool: 'git_rebase', heldForMs: 1_200 },
    });
    expect(locks.waiting).toBe(0);
    release();
  });

  it('forget a waiter at once when it gives up', async () => {
    const release = await locks.acquire(A, owner('s1'), never);
    const caller = new AbortController();
    const waiting = locks.acquire(A, owner('s2'), caller.signal);

    caller.abort();

    await expect(waiting).rejects.toMatchObject({ code: 'operation_cancelled' });
    expect(locks.waiting).toBe(0);
    release();
    expect(locks.held).toBe(0);
  });

  it('give the reason of an outer deadline', async () => {
    const reason = new ServerError('operation_timeout', 'late');

    await expect(locks.acquire(A, owner('s1'), AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('show in the metrics', async () => {
    const release = await locks.acquire(A, owner('s1'), never);
    const waiting = holdBriefly('s2', () => undefined);

    const text = await metrics.metrics();

    expect(text).toContain('mcp_git_repository_writers_waiting 1');
    expect(text).toContain('mcp_git_repositories_locked 1');
    release();
    await waiting;
  });

  it('are released once, however often that is asked', async () => {
    const release = await locks.acquire(A, owner('s1'), never);
    release();
    const another = await locks.acquire(A, owner('s2'), never);

    release();

    expect(locks.held).toBe(1);
    another();
  });
});
