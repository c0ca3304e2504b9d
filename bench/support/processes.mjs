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
    async memory() {
      child.send('memory');
      const [usage] = await once(child, 'message');
      return usage;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
