import { describe, expect, it, vi } from 'vitest';

import { build, never, obedient, READ, useFakeTimers } from '../../test/support/operation-bench.js';

describe('Places of the OperationExecutor', () => {
  useFakeTimers();

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
    const ask = () => executor.refusalFor(READ, 'git.read')?.code;

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
    const ask = () => executor.refusalFor(READ, 'git.read');
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
});
