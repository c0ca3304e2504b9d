import { describe, expect, it, vi } from 'vitest';

import { build, Deferred, never, READ, useFakeTimers } from '../../test/support/operation-bench.js';
import { type ServerError } from '../shared/errors/index.js';
import { type OperationExecutor } from './operation.executor.js';
import { type QueuedCall } from './queued-call.js';

/** What became of a call at a door. */
class Caller {
  admitted: QueuedCall | undefined;
  error: ServerError | undefined;
  readonly queued: QueuedCall | undefined;

  constructor(executor: OperationExecutor, owner = 'a') {
    this.queued = executor.queue(
      { ...READ, owner },
      {
        admitted: (call) => (this.admitted = call),
        ended: (error) => (this.error = error),
      },
    );
  }
}

/** With one place, which is taken. */
async function busy() {
  const built = build((config) =>
    Object.assign(config, { maxConcurrentOperations: 1, maxQueuedOperations: 4 }),
  );
  const work = new Deferred();
  const running = built.executor.run(READ, () => work.promise, never);
  await vi.advanceTimersByTimeAsync(0);
  const finish = async () => {
    work.resolve();
    await running;
    await vi.advanceTimersByTimeAsync(0);
  };
  return { ...built, finish };
}

describe('Calls that wait at a door of the OperationExecutor', () => {
  useFakeTimers();

  it('need not wait while there is a place', () => {
    const { executor } = build();

    expect(new Caller(executor).queued).toBeUndefined();
  });

  it('are admitted in the turns of all who wait', async () => {
    const { executor, finish } = await busy();
    const order: string[] = [];
    const waits = (name: string, owner: string) =>
      executor.queue(
        { ...READ, owner },
        {
          admitted: (call) => {
            order.push(name);
            call.close();
          },
          ended: () => order.push(`${name} in vain`),
        },
      );
    waits('first of a', 'a');
    waits('second of a', 'a');
    waits('first of b', 'b');
    const inside = executor.run({ ...READ, owner: 'c' }, async () => order.push('one of c inside'), never);

    await finish();
    await inside;
    await vi.advanceTimersByTimeAsync(0);

    expect(order).toEqual(['first of a', 'first of b', 'one of c inside', 'second of a']);
  });

  it('have the places of those who were let through before them and never came', async () => {
    const { executor } = build((config) => Object.assign(config, { maxConcurrentOperations: 1 }));
    executor.refusalFor(READ, READ.kind);
    executor.refusalFor(READ, READ.kind);
    const caller = new Caller(executor);
    const before = caller.admitted;

    await vi.advanceTimersByTimeAsync(0);

    expect(caller.queued).toBeDefined();
    expect(before).toBeUndefined();
    expect(caller.admitted).toBe(caller.queued);
    caller.admitted?.close();
  });

  it('do not hold up those who were let through before them', async () => {
    const { executor } = build((config) => Object.assign(config, { maxConcurrentOperations: 1 }));
    executor.refusalFor(READ, READ.kind);
    executor.refusalFor(READ, READ.kind);
    const caller = new Caller(executor);

    const answer = await executor.run(READ, () => Promise.resolve('done'), never);
    await vi.advanceTimersByTimeAsync(0);

    expect(answer).toBe('done');
    caller.admitted?.close();
    expect(executor.stats()).toMatchObject({ running: 0, queued: 0 });
  });

  it('run in the place that they have waited for', async () => {
    const { executor, finish } = await busy();
    const caller = new Caller(executor);
    await finish();
    const queued = caller.admitted;
    const before = executor.stats();

    const answer = await executor.run(
      { ...READ, ...(queued && { queued }) },
      () => Promise.resolve('done'),
      never,
    );

    expect(before).toMatchObject({ running: 1, queued: 0 });
    expect(answer).toBe('done');
    queued?.close();
    expect(executor.stats()).toMatchObject({ running: 0, completed: 2 });
  });

  it('give the place back where nothing runs in it', async () => {
    const { executor, finish } = await busy();
    const caller = new Caller(executor);
    await finish();

    caller.admitted?.close();

    expect(executor.stats()).toMatchObject({ running: 0, queued: 0 });
    await expect(executor.whenIdle(never)).resolves.toBeUndefined();
  });

  it('have as much time as if they had waited inside', async () => {
    const { executor, finish } = await busy();
    const caller = new Caller(executor);
    await vi.advanceTimersByTimeAsync(READ.timeoutMs - 1_000);
    await finish();
    const queued = caller.admitted;
    const operation = { ...READ, ...(queued && { queued }) };
    const failure = executor
      .run(operation, () => new Promise(() => {}), never)
      .catch((thrown: unknown) => thrown);

    await vi.advanceTimersByTimeAsync(1_200);

    expect(await failure).toMatchObject({
      code: 'operation_timeout',
      details: { timeout_ms: READ.timeoutMs },
    });
  });

  it('leave at their deadline', async () => {
    const { executor, finish } = await busy();
    const caller = new Caller(executor);

    await vi.advanceTimersByTimeAsync(READ.timeoutMs);

    expect(caller.error).toMatchObject({
      code: 'operation_timeout',
      details: { timeout_ms: READ.timeoutMs },
    });
    expect(executor.stats()).toMatchObject({ queued: 0 });
    await finish();
  });

  it('are seen and ended by operators, and counted', async () => {
    const { executor, finish } = await busy();
    const caller = new Caller(executor);
    const seen = executor.underway.views().length;

    const ended = executor.underway.endAll();

    expect([seen, ended]).toEqual([2, 2]);
    expect(caller.error).toMatchObject({ code: 'operation_cancelled' });
    expect(executor.stats()).toMatchObject({ rejected: 1 });
    await finish().catch(() => undefined);
  });

  it('are run to the end by a server that is about to stop, and no more of them begin to wait', async () => {
    const { executor, lifecycle, finish } = await busy();
    const caller = new Caller(executor);

    lifecycle.drain();

    expect(new Caller(executor).queued).toBeUndefined();
    await finish();
    const queued = caller.admitted;
    const answer = executor.run({ ...READ, ...(queued && { queued }) }, () => Promise.resolve('done'), never);
    await expect(answer).resolves.toBe('done');
    queued?.close();
  });

  it('do not wait for a circuit that is open', async () => {
    const { executor, breakers, finish } = await busy();
    breakers.get(READ.kind).isolate();

    expect(new Caller(executor).queued).toBeUndefined();
    await finish();
  });
});
