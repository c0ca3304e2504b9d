// Runs the benches one after the other and makes one report of their ratios, each against a peer or a limit that was
// measured in the same rounds: bench/results/report.json and report.md, docs/performance.md with its plots.
//
//   npm run bench             the report
//   npm run bench -- compare  a short form, which fails where a ratio is worse than in bench/results/short.json by more
//                             than the noise that was measured with it (bench/noise.mjs); a word after it chooses
//                             benches by name
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { BENCHES, runBench, SHORT_BENCHES } from './support/benches.mjs';
import { machine } from './support/machine.mjs';
import { losses, readBaseline } from './support/regression.mjs';
import { markdown } from './support/report-text.mjs';
import { ratioChart } from './support/ratio-chart.mjs';

const ROOT = join(import.meta.dirname, '..');
const RESULTS = join(ROOT, 'bench/results');
const PLOTS = join(ROOT, 'docs/performance');
const REPORT = join(RESULTS, 'report.json');

const plot = ({ name, title }) => `![${title}](performance/${name}.svg)`;

if (process.argv[2] === 'compare') compare(process.argv[3] ?? '');
else await write();

async function write() {
  const sections = BENCHES.map(runBench);
  const report = { machine: machine(), at: new Date().toISOString(), sections };
  for (const folder of [RESULTS, PLOTS]) mkdirSync(folder, { recursive: true });
  writeFileSync(REPORT, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(RESULTS, 'report.md'), markdown(report));
  for (const { name, title, rows } of sections)
    if (rows.length > 0) writeFileSync(join(PLOTS, `${name}.svg`), ratioChart(title, rows));
  const page = join(ROOT, 'docs/performance.md');
  const style = await resolveConfig(page);
  writeFileSync(page, await format(markdown(report, plot), { ...style, parser: 'markdown' }));
}

function compare(words) {
  const baseline = readBaseline();
  const benches = SHORT_BENCHES.filter(({ name }) => name.includes(words));
  const suspects = new Set(losses(baseline, benches.map(runBench)).map(({ section }) => section));
  // What is lost is lost a second time as well; what something else slowed down is not.
  const again = benches.filter(({ name }) => suspects.has(name)).map(runBench);
  const lost = losses(baseline, again);
  for (const { section, text } of lost) console.error(`${section}: ${text}`);
  if (lost.length > 0) process.exitCode = 1;
}
