import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const WARM_UP_ROUNDS = 2;

async function timed(call) {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

/**
 * Milliseconds of each round: git spawned, our call with nothing kept, and the same call again.
 *
 * @param args of git, for the same output
 */
export async function readTimes(engines, repo, call, args, rounds) {
  const found = { git: [], cold: [], warm: [] };
  for (let round = 0; round < rounds + WARM_UP_ROUNDS; round += 1) {
    const git = await timed(() => run('git', args, { cwd: repo.path, maxBuffer: 2 ** 30 }));
    engines.cache.clear();
    const cold = await timed(call);
    const warm = await timed(call);
    // The first two rounds warm up compilers and the kernel's caches, on both sides.
    if (round < WARM_UP_ROUNDS) continue;
    found.git.push(git);
    found.cold.push(cold);
    found.warm.push(warm);
  }
  return found;
}
