import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ResilienceConfig } from '../config/sections/index.js';
import { Lifecycle } from '../observability/lifecycle.service.js';
import { MetricsRegistry } from '../observability/metrics.registry.js';
import { type Clock } from '../shared/clock.js';
import { ServerError } from '../shared/errors/index.js';
import { BreakerRegistry } from './breaker/breaker.registry.js';
import { type Operation } from './operation.js';
import { OperationExecutor } from './operation.executor.js';
import { OperationMetrics } from './operation.metrics.js';
import { SETTLE_GRACE_MS } from './settle.js';

const READ: Operation = { kind: 'git.read', owner: 'a', idempotent: true, timeoutMs: 10_000 };
const WRITE: Operation = { ...READ, kind: 'git.write', idempotent: false };
const never = new AbortController().signal;
/** Goes with the fake timers. */
const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => Date.now() };
const unavailable = () => new ServerError('temporary_resource_unavailable', 'A worker died');

/** Work that settles when its signal says so, as all work promises. */
const obedient = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

/** Work that does not listen, until the test lets it end. */
class Deferred {
  resolve: () => void = () => undefined;
  readonly promise = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });
}

const succeedsWhenAborted = (signal: AbortSignal) =>
  new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('committed')));

const asksForTime = () =>
  Promise.reject(new ServerError('network_timeout', 'Silence', { retryAfterMs: 4_000 }));

function build(change: (config: ResilienceConfig) => void = () => undefined) {
  const config = new ResilienceConfig();
  change(config);
  const metrics = new MetricsRegistry();
  const lifecycle = new Lifecycle();
  const breakers = new BreakerRegistry(config, clock, metrics);
  const executor = new OperationExecutor(config, breakers, lifecycle, new OperationMetrics(metrics), clock);
  return { executor, breakers, lifecycle, metrics };
}

describe('OperationExecutor', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    const left = vi.getTimerCount();
    vi.useRealTimers();
    if (left > 0) throw new Error(`${left} timers outlived their operation`);
  });

  it('returns what the work returns', async () => {
    const { executor } = build();

    await expect(executor.run(READ, () => Promise.resolve(7), never)).resolves.toBe(7);

    expect(executor.stats()).toMatchObject({ running: 0, queued: 0, completed: 1, failed: 0 });
  });

  it('turns whatever the work throws, even without a promise, into a ServerError', async () => {
    const { executor } = build();

    const run = executor.run(
      WRITE,
      () => {
        throw new TypeError('/secret/path');
      },
      never,
    );

    await expect(run).rejects.toMatchObject({ name: 'ServerError', code: 'internal_error' });
    await expect(run).rejects.not.toThrow(/secret/);
  });

  it('ends an operation at its deadline and aborts its signal', async () => {
    const { executor } = build();
    const run = executor.run({ ...READ, timeoutMs: 50 }, obedient, never);
    const outcome = run.catch((error: unknown) => error);

    await vi.advanceTimersByTimeAsync(50);

    expect(await outcome).toMatchObject({
      code: 'operation_timeout',
      details: { timeout_ms: 50 },
    });
    expect(executor.stats()).toMatchObject({ running: 0, failed: 1 });
  });

  it('answers a caller who gives up although the work does not listen, and frees its place when it settles', async () => {
    const { executor } = build();
    const caller = new AbortController();
    const deaf = new Deferred();
    const run = executor.run(READ, () => deaf.promise, caller.signal);
    const outcome = run.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(0);

    caller.abort();
    await vi.advanceTimersByTimeAsync(SETTLE_GRACE_MS);

    expect(await outcome).toMatchObject({ code: 'operation_cancelled' });
    expect(executor.stats().running).toBe(1);
    deaf.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(executor.stats().running).toBe(0);
  });

  it('tells the truth when the work succeeds in spite of the cancellation', async () => {
    const { executor } = build();
    const caller = new AbortController();
    const run = executor.run(WRITE, succeedsWhenAborted, caller.signal);
    await vi.advanceTimersByTimeAsync(0);

    caller.abort();

    await expect(run).resolves.toBe('committed');
  });

  it.each([
    ['a consequence of the abort', unavailable(), 'operation_cancelled'],
    ['a fact about the repository', new ServerError('merge_conflict', 'Both changed it'), 'merge_conflict'],
  ])('answers with the right reason when the aborted work reports %s', async (_, thrown, code) => {
    const { executor } = build();
    const caller = new AbortController();
    const work = (signal: AbortSignal) =>
      new Promise<never>((__, reject) => signal.addEventListener('abort', () => reject(thrown)));
    const run = executor.run(READ, work, caller.signal);
    await vi.advanceTimersByTimeAsync(0);

    caller.abort();

    await expect(run).rejects.toMatchObject({ code });
  });

  it('does not start work for a caller who has given up already', async () => {
    const { executor } = build();
    let started = false;

    const run = executor.run(
      READ,
      async () => {
        started = true;
      },
      AbortSignal.abort(),
    );

    await expect(run).rejects.toMatchObject({ code: 'operation_cancelled' });
    expect(started).toBe(false);
  });

  it('retries an idempotent operation whose failure may pass', async () => {
    const { executor } = build();
    let attempts = 0;
    const work = async () => {
      attempts += 1;
      if (attempts < 3) throw unavailable();
      return attempts;
    };

    const run = executor.run(READ, work, never);
    await vi.runAllTimersAsync();

    await expect(run).resolves.toBe(3);
  });

  it.each([
    ['an operation that changes something', WRITE, unavailable()],
    ['a failure that stays', READ, new ServerError('revision_not_found', 'No such revision')],
    ['a limit that asks the caller to slow down', READ, new ServerError('rate_limit_exceeded', 'Slower')],
    ['an open circuit', READ, new ServerError('circuit_open', 'Paused')],
    ['a draining server', READ, new ServerError('server_draining', 'Stopping')],
    [
      'a wait longer than any backoff',
      READ,
      new ServerError('repository_busy', 'Locked', { retryAfterMs: 60_000 }),
    ],
  ])('does not retry %s', async (_, operation, thrown) => {
    const { executor } = build();
    let attempts = 0;
    const work = async () => {
      attempts += 1;
      throw thrown;
    };

    await expect(executor.run(operation, work, never)).rejects.toBe(thrown);

    expect(attempts).toBe(1);
  });

  it('holds no place while it waits for its retry', async () => {
    const { executor } = build((config) => Object.assign(config, { maxConcurrentOperations: 1 }));
    const failing = executor.run(READ, () => Promise.reject(unavailable()), never);
    const outcome = failing.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(0);

    await expect(executor.run({ ...READ, owner: 'b' }, async () => 'through', never)).resolves.toBe(
      'through',
    );

    await vi.runAllTimersAsync();
    expect(await outcome).toMatchObject({ code: 'temporary_resource_unavailable' });
  });

  it('ends the wait for a retry at once when the caller gives up', async () => {
    const { executor } = build();
    const caller = new AbortController();
    const run = executor.run(READ, asksForTime, caller.signal);
    const outcome = run.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(0);

    caller.abort();

    expect(await outcome).toMatchObject({ code: 'operation_cancelled' });
  });

  it('runs no more at once than allowed, queues some and turns the rest away with a time to come back', async () => {
    const { executor } = build((config) =>
      Object.assign(config, { maxConcurrentOperations: 2, maxQueuedOperations: 1 }),
    );
    const caller = new AbortController();
    const runs = [0, 1, 2].map(() => executor.run(READ, obedient, caller.signal).catch(() => undefined));
    await vi.advanceTimersByTimeAsync(0);

    const refused = executor.run(READ, obedient, caller.signal);

    await expect(refused).rejects.toMatchObject({
      code: 'temporary_resource_unavailable',
      retryAfterMs: expect.any(Number) as number,
      details: { reason: 'queue-full' },
    });
    expect(executor.stats()).toMatchObject({ running: 2, queued: 1, rejected: 1 });
    caller.abort();
    await Promise.all(runs);
    expect(executor.stats()).toMatchObject({ running: 0, queued: 0 });
  });

  it('lets through no more at once than there is room for, and counts those that it turns away', async () => {
    const { executor } = build((config) =>
      Object.assign(config, { maxConcurrentOperations: 2, maxQueuedOperations: 1 }),
    );
    const ask = () => executor.refusalFor('a', 'git.read')?.code;

    const inOneTurn = [ask(), ask(), ask(), ask()];
    await vi.advanceTimersByTimeAsync(0);
    const later = ask();

    const refusal = 'temporary_resource_unavailable';
    expect([...inOneTurn, later]).toEqual([undefined, undefined, undefined, refusal, undefined]);
    expect(executor.stats()).toMatchObject({ queued: 0, running: 0, rejected: 1 });
  });

  it('counts nobody twice who was let through and has asked for a place', async () => {
    const { executor } = build((config) =>
      Object.assign(config, { maxConcurrentOperations: 1, maxQueuedOperations: 1 }),
    );
    const caller = new AbortController();
    const ask = () => executor.refusalFor('a', 'git.read');
    const run = () => executor.run(READ, obedient, caller.signal).catch(() => undefined);

    const first = ask();
    const running = run();
    const second = ask();

    expect([first, second]).toEqual([undefined, undefined]);
    caller.abort();
    await running;
  });

  it('lets a waiting operation run out of time without counting it against its kind', async () => {
    const { executor, breakers } = build((config) => Object.assign(config, { maxConcurrentOperations: 1 }));
    const caller = new AbortController();
    const running = executor.run(READ, obedient, caller.signal).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(0);
    const waiting = executor.run({ ...READ, timeoutMs: 20 }, obedient, never);
    const outcome = waiting.catch((error: unknown) => error);

    await vi.advanceTimersByTimeAsync(20);

    expect(await outcome).toMatchObject({ code: 'operation_timeout' });
    expect(executor.stats().queued).toBe(0);
    expect(breakers.get('git.read').stats()).toMatchObject({ failed: 0 });
    caller.abort();
    await running;
  });

  it('opens the circuit of a kind that keeps failing, and only of that', async () => {
    const { executor, breakers } = build();
    for (let call = 0; call < 5; call += 1)
      await executor.run(WRITE, () => Promise.reject(unavailable()), never).catch(() => undefined);

    const next = executor.run(WRITE, async () => 'never run', never);

    await expect(next).rejects.toMatchObject({ code: 'circuit_open', retryAfterMs: 30_000 });
    expect(breakers.get('git.read').status).toBe('closed');
  });

  it.each([
    'revision_not_found',
    'merge_conflict',
    'repository_busy',
    'operation_failed',
    'path_not_allowed',
  ] as const)('does not hold "%s" against the server', async (code) => {
    const { executor, breakers } = build();

    for (let call = 0; call < 20; call += 1) {
      await executor
        .run(WRITE, () => Promise.reject(new ServerError(code, 'Expected')), never)
        .catch(() => undefined);
    }

    expect(breakers.get('git.write').status).toBe('closed');
  });

  it.each([
    ['a full disk', WRITE, { reason: 'disk-full' }],
    ['a remote that is down', { ...WRITE, hasOwnCircuits: true }, { reason: 'unreachable' }],
  ])('does not hold %s against those who work elsewhere', async (_, operation, details) => {
    const { executor, breakers } = build();
    const failure = new ServerError('temporary_resource_unavailable', 'Elsewhere', { details });

    for (let call = 0; call < 10; call += 1)
      await executor.run(operation, () => Promise.reject(failure), never).catch(() => undefined);

    expect(breakers.get('git.write').status).toBe('closed');
  });

  it('does not hold a deadline that the caller chose against the server', async () => {
    const { executor, breakers } = build();
    for (let call = 0; call < 10; call += 1) {
      const run = executor
        .run({ ...WRITE, timeoutMs: 1, timeoutSetByCaller: true }, obedient, never)
        .catch(() => undefined);
      await vi.advanceTimersByTimeAsync(1);
      await run;
    }

    expect(breakers.get('git.write').status).toBe('closed');
  });

  it('stops retrying when the budget is spent', async () => {
    const { executor } = build((config) => Object.assign(config.breaker, { failureThreshold: 1_000 }));
    let attempts = 0;
    const work = () => {
      attempts += 1;
      return Promise.reject(unavailable());
    };

    const runs = Promise.allSettled(
      Array.from({ length: 50 }, () => executor.run(READ, work, new AbortController().signal)),
    );
    await vi.runAllTimersAsync();
    await runs;

    // 10 saved up and 0.1 earned by each of the 50, of which those before the first retry overflow the reserve.
    expect(attempts).toBeGreaterThanOrEqual(60);
    expect(attempts).toBeLessThanOrEqual(65);
  });

  it('takes nothing new once the server drains, and says when the rest is done', async () => {
    const { executor, lifecycle } = build();
    const work = new Deferred();
    const running = executor.run(READ, () => work.promise, never);
    await vi.advanceTimersByTimeAsync(0);
    lifecycle.drain();

    const refused = executor.run(READ, async () => undefined, never);
    await expect(refused).rejects.toMatchObject({ code: 'server_draining', retryAfterMs: 1_000 });

    const idle = executor.whenIdle(never);
    work.resolve();
    await running;
    await expect(idle).resolves.toBeUndefined();
  });

  it('shows its queue, its waits and what it turned away in the metrics', async () => {
    const { executor, metrics } = build((config) =>
      Object.assign(config, { maxConcurrentOperations: 1, maxQueuedOperations: 0 }),
    );
    const caller = new AbortController();
    const running = executor
      .run({ ...READ, kind: 'remote:example.org' }, obedient, caller.signal)
      .catch(() => undefined);
    await vi.advanceTimersByTimeAsync(0);
    await executor.run(READ, obedient, never).catch(() => undefined);

    const text = await metrics.metrics();

    expect(text).toContain('mcp_git_operations_running 1');
    expect(text).toContain('mcp_git_operations_rejected_total{reason="temporary_resource_unavailable"} 1');
    expect(text).toContain('mcp_git_operation_wait_seconds_count{kind="remote"} 1');
    expect(text).toContain('mcp_git_circuit_state{circuit="remote"} 0');
    caller.abort();
    await running;
  });
});
