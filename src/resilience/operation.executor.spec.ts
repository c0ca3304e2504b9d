import { describe, expect, it, vi } from 'vitest';

import {
  build,
  Deferred,
  never,
  obedient,
  READ,
  succeedsWhenAborted,
  unavailable,
  useFakeTimers,
  WRITE,
} from '../../test/support/operation-bench.js';
import { ServerError } from '../shared/errors/index.js';
import { SETTLE_GRACE_MS } from './settle.js';

describe('OperationExecutor', () => {
  useFakeTimers();

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
