import { describe, expect, it } from 'vitest';

import { RetryConfig } from '../config/sections/index.js';
import { ServerError } from '../shared/errors/index.js';
import { RetryPolicy } from './retry.policy.js';

const lost = (retryAfterMs?: number) =>
  new ServerError('network_timeout', 'Silence', retryAfterMs === undefined ? {} : { retryAfterMs });

function build(random: () => number) {
  const config = Object.assign(new RetryConfig(), { maxAttempts: 10, baseDelay: 100, maxDelay: 1_000 });
  return new RetryPolicy(config, random);
}

describe('RetryPolicy', () => {
  it('doubles the bound of the wait with each attempt, up to the longest', () => {
    const policy = build(() => 1);

    expect([1, 2, 3, 4, 5, 6].map((attempts) => policy.next(lost(), attempts))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
  });

  it('waits a random part of the bound, from nothing on', () => {
    expect(build(() => 0).next(lost(), 3)).toBe(0);
    expect(build(() => 0.5).next(lost(), 3)).toBe(200);
  });

  it('waits no less than the failure asks for, and gives up where that is too long', () => {
    const policy = build(() => 0);

    expect(policy.next(lost(700), 1)).toBe(700);
    expect(policy.next(lost(1_001), 1)).toBeUndefined();
  });

  it('makes no more attempts than allowed', () => {
    const policy = build(() => 0);

    expect(policy.next(lost(), 9)).toBe(0);
    expect(policy.next(lost(), 10)).toBeUndefined();
  });

  it('spends its reserve and then a tenth of what comes in', () => {
    const policy = build(() => 0);
    const granted = (asked: number) =>
      Array.from({ length: asked }, () => policy.next(lost(), 1)).filter((delay) => delay !== undefined)
        .length;

    expect(granted(100)).toBe(10);
    for (let operation = 0; operation < 21; operation += 1) policy.earn();
    expect(granted(100)).toBe(2);
  });
});
