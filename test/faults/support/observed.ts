import { setTimeout as pause } from 'node:timers/promises';

import { type ServerProcess } from '../../support/server-process.js';

/** @returns sessions that the server counts, those that wait for a resume included */
export async function sessionsOf(server: ServerProcess): Promise<number> {
  return sumOf(server, 'mcp_git_sessions');
}

/** The time from one look of the server's own sampler at its event loop to the next one, which is never less. */
const SAMPLER_MS = 10;

/** @returns by how much the server's event loop was late in so many seconds, in milliseconds */
export async function loopDelay(
  server: ServerProcess,
  seconds: number,
): Promise<Readonly<Record<'p99' | 'max', number>>> {
  // Whoever asks begins a new measurement.
  await metricsOf(server);
  await pause(seconds * 1_000);
  const metrics = await metricsOf(server);
  const lateMs = (which: string) =>
    sumIn(metrics, `nodejs_eventloop_lag_${which}_seconds`) * 1_000 - SAMPLER_MS;
  return { p99: lateMs('p99'), max: lateMs('max') };
}

/** @returns a metric of the server, summed up over its labels; 0 where it has none yet */
export async function sumOf(server: ServerProcess, metric: string): Promise<number> {
  return sumIn(await metricsOf(server), metric);
}

async function metricsOf(server: ServerProcess): Promise<string> {
  return (await fetch(`${server.url}/metrics`)).text();
}

function sumIn(metrics: string, metric: string): number {
  const values = [...metrics.matchAll(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

/** @returns milliseconds until it is so; the scenario's own time limit ends it otherwise */
export async function timeUntil(isTrue: () => boolean | Promise<boolean>, everyMs = 20): Promise<number> {
  const startedAt = performance.now();
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, everyMs));
  return performance.now() - startedAt;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** @param share of the values that are not larger, 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
