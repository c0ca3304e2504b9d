import { afterEach, beforeEach, vi } from 'vitest';

import { ResilienceConfig } from '../../src/config/sections/index.js';
import { Lifecycle } from '../../src/observability/lifecycle.service.js';
import { MetricsRegistry } from '../../src/observability/metrics.registry.js';
import { BreakerRegistry } from '../../src/resilience/breaker/breaker.registry.js';
import { type Operation } from '../../src/resilience/operation.js';
import { OperationExecutor } from '../../src/resilience/operation.executor.js';
import { OperationMetrics } from '../../src/resilience/operation.metrics.js';
import { type Clock } from '../../src/shared/clock.js';
import { ServerError } from '../../src/shared/errors/index.js';

export const READ: Operation = {
  kind: 'git.read',
  principal: 'p',
  owner: 'a',
  idempotent: true,
  timeoutMs: 10_000,
};
export const WRITE: Operation = { ...READ, kind: 'git.write', idempotent: false };
export const never = new AbortController().signal;
/** Goes with the fake timers. */
const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => Date.now() };
export const unavailable = () => new ServerError('temporary_resource_unavailable', 'A worker died');

/** Work that settles when its signal says so, as all work promises. */
export const obedient = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

/** Work that does not listen, until the test lets it end. */
export class Deferred {
  resolve: () => void = () => undefined;
  readonly promise = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });
}

export const succeedsWhenAborted = (signal: AbortSignal) =>
  new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('committed')));

export const asksForTime = () =>
  Promise.reject(new ServerError('network_timeout', 'Silence', { retryAfterMs: 4_000 }));

export function build(change: (config: ResilienceConfig) => void = () => undefined) {
  const config = new ResilienceConfig();
  change(config);
  const metrics = new MetricsRegistry();
  const lifecycle = new Lifecycle();
  const breakers = new BreakerRegistry(config, clock, metrics);
  const executor = new OperationExecutor(config, breakers, lifecycle, new OperationMetrics(metrics), clock);
  return { executor, breakers, lifecycle, metrics };
}

/** For each test of the file; one that leaves a timer behind fails. */
export function useFakeTimers(): void {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    const left = vi.getTimerCount();
    vi.useRealTimers();
    if (left > 0) throw new Error(`${left} timers outlived their operation`);
  });
}
