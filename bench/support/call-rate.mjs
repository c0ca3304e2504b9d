/**
 * Calls for a while, `inFlight` at a time.
 *
 * @param call is given how many were made before it
 * @returns calls a second, and the milliseconds that the median and the slowest in a hundred took
 */
export async function callRate(call, inFlight, seconds) {
  const times = [];
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  let calls = 0;
  const worker = async () => {
    while (performance.now() < end) {
      const before = performance.now();
      calls += 1;
      await call(calls - 1);
      times.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const elapsed = (performance.now() - begin) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return { rate: times.length / elapsed, p50: at(0.5), p99: at(0.99) };
}
