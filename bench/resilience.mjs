import 'reflect-metadata';

import { Logger } from '@nestjs/common';

import { RateLimitConfig, ResilienceConfig } from '../dist/config/sections/index.js';
import { Lifecycle } from '../dist/observability/lifecycle.service.js';
import { MetricsRegistry } from '../dist/observability/metrics.registry.js';
import { BreakerRegistry } from '../dist/resilience/breaker/breaker.registry.js';
import { OperationExecutor } from '../dist/resilience/operation.executor.js';
import { OperationMetrics } from '../dist/resilience/operation.metrics.js';
import { TokenBucket } from '../dist/resilience/token-bucket.js';
import { systemClock } from '../dist/shared/clock.js';

// What the policies cost: for each frame (the bucket) and for each operation (everything else).
// It measures what is shipped: npm run build && node bench/resilience.mjs

Logger.overrideLogger(false);

const bucket = new TokenBucket(
  Object.assign(new RateLimitConfig(), { framesPerSecond: 1e9, burst: 1e9 }),
  systemClock,
);
const metrics = new MetricsRegistry();
const config = new ResilienceConfig();
const breakers = new BreakerRegistry(config, systemClock, metrics);
const executor = new OperationExecutor(
  config,
  breakers,
  new Lifecycle(),
  new OperationMetrics(metrics),
  systemClock,
);
const operation = { kind: 'git.read', owner: 'a', idempotent: true, timeoutMs: 30_000 };
const work = () => Promise.resolve(1);

function report(what, calls, startedAt) {
  const perCallUs = ((performance.now() - startedAt) * 1_000) / calls;
  console.log(`${what.padEnd(56)} ${perCallUs.toFixed(3).padStart(9)} us`);
}

function takes(calls) {
  for (let call = 0; call < calls; call += 1) bucket.take();
}

async function runs(calls) {
  const caller = new AbortController();
  for (let call = 0; call < calls; call += 1) await executor.run(operation, work, caller.signal);
}

async function crowds(crowds, size) {
  for (let crowd = 0; crowd < crowds; crowd += 1) {
    const all = Array.from({ length: size }, (_, index) =>
      executor.run({ ...operation, owner: `session-${index % 10}` }, work, new AbortController().signal),
    );
    await Promise.all(all);
  }
}

async function bare(calls) {
  for (let call = 0; call < calls; call += 1) await work();
}

takes(1e6);
await runs(2e4);
let startedAt = performance.now();
takes(1e7);
report('TokenBucket.take, per frame', 1e7, startedAt);
startedAt = performance.now();
await bare(1e6);
report('bare await, per operation', 1e6, startedAt);
startedAt = performance.now();
await runs(1e5);
report('OperationExecutor.run, one after the other', 1e5, startedAt);
startedAt = performance.now();
await crowds(1_000, 100);
report('OperationExecutor.run, 100 at once of 10 sessions', 1e5, startedAt);
