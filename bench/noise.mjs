// Measures how much the ratios of the short form differ from run to run, on a machine that does nothing else, and keeps
// them with the margins that follow for `npm run bench -- compare`: bench/results/short.json.
//
//   npm run build && node bench/noise.mjs [runs] [words]
//
// Words choose benches by name; what is kept of the others stays.
import { runBench, SHORT_BENCHES } from './support/benches.mjs';
import { baselineRows, writeBaseline } from './support/regression.mjs';

const RUNS = Number(process.argv[2] ?? 10);
const WORDS = process.argv[3] ?? '';

const benches = SHORT_BENCHES.filter(({ name }) => name.includes(WORDS));
const runs = [];
for (let run = 0; run < RUNS; run += 1) runs.push(benches.map(runBench));
const rows = baselineRows(runs);
writeBaseline(rows);
console.table(rows.map(({ section, what, ratio, margin }) => ({ section, what, ratio, margin })));
