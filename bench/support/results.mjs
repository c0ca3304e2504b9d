import { appendFileSync } from 'node:fs';

/**
 * Notes one row for the report of `npm run bench`; without it, nothing.
 *
 * @param ratios of the rounds, ours against what it is compared with in the same round
 * @param target `{ atLeast }` or `{ atMost }`, or nothing where nothing is promised
 */
export function noteRow(what, against, ratios, target = {}) {
  const file = process.env.BENCH_ROWS;
  if (file === undefined) return;
  const sorted = ratios.toSorted((one, other) => one - other);
  const at = (share) => Number(sorted[Math.floor((sorted.length - 1) * share)].toPrecision(3));
  const row = { what, against, ratio: at(0.5), low: at(0.25), high: at(0.75), rounds: ratios.length, target };
  appendFileSync(file, `${JSON.stringify(row)}\n`);
}
