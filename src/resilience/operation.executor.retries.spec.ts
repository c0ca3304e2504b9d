import { describe, expect, it, vi } from 'vitest';

import {
  asksForTime,
  build,
  never,
  READ,
  unavailable,
  useFakeTimers,
  WRITE,
} from '../../test/support/operation-bench.js';
import { ServerError } from '../shared/errors/index.js';

describe('Retries of the OperationExecutor', () => {
  useFakeTimers();

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
});
