import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Starts a server script of this folder and waits for its port. */
export async function startServer(script, settings = {}, execArgv = []) {
  const child = fork(new URL(script, import.meta.url), [JSON.stringify(settings)], {
    execArgv: ['--expose-gc', ...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [{ port }] = await once(child, 'message');
  return {
    port,
    /** @param name of a measure in measures.mjs */
    async measure(name) {
      child.send(name);
      const [answer] = await once(child, 'message');
      return answer;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export function median(values) {
  return quantile(values, 0.5);
}

export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
