import { type ServerProcess } from '../../support/server-process.js';

/** @returns sessions that the server counts, those that wait for a resume included */
export async function sessionsOf(server: ServerProcess): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const counts = [...metrics.matchAll(/^mcp_git_sessions\{[^}]*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** @returns milliseconds until it is so; the scenario's own time limit ends it otherwise */
export async function timeUntil(isTrue: () => boolean | Promise<boolean>, everyMs = 20): Promise<number> {
  const startedAt = performance.now();
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, everyMs));
  return performance.now() - startedAt;
}
