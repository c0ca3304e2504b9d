import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;

/** Answers each message of the parent, the name of a measure, with what this process measures. Needs --expose-gc. */
export function serveMeasures() {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const measures = {
    /** After a full collection. */
    memory() {
      for (let round = 0; round < 3; round += 1) globalThis.gc?.();
      const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
      return { rss, heapUsed, external, arrayBuffers };
    },
    /** Resident memory as it stands, which a collection would change. */
    rss: () => process.memoryUsage.rss(),
    /** Milliseconds of processor time since the start. */
    cpu() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
    watchLoop() {
      delay.enable();
      delay.reset();
      return true;
    },
    /** The longest time in milliseconds that the event loop was blocked since it is watched, which ends here. */
    longestBlock() {
      delay.disable();
      return Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    },
  };
  process.on('message', (name) => process.send(measures[name]()));
}
