import { type ServerProcess } from '../../support/server-process.js';

/** @returns sessions that the server counts, those that wait for a resume included */
export async function sessionsOf(server: ServerProcess): Promise<number> {
  return sumOf(server, 'mcp_git_sessions');
}

/** @returns a metric of the server, summed up over its labels; 0 where it has none yet */
export async function sumOf(server: ServerProcess, metric: string): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
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
