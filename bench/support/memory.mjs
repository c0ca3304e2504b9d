/** Answers each message of the parent with this process's memory after a full collection. Needs --expose-gc. */
export function serveMemory() {
  process.on('message', () => {
    for (let round = 0; round < 3; round += 1) globalThis.gc?.();
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    process.send({ rss, heapUsed, external, arrayBuffers });
  });
}
