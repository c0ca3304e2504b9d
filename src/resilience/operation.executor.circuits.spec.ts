import { describe, expect, it, vi } from 'vitest';

import {
  build,
  never,
  obedient,
  unavailable,
  useFakeTimers,
  WRITE,
} from '../../test/support/operation-bench.js';
import { ServerError } from '../shared/errors/index.js';

describe('Circuits of the OperationExecutor', () => {
  useFakeTimers();

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
    ['a git that was killed', WRITE, { reason: 'killed' }],
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
});
