// Runs the benches one after the other and makes one report of their ratios, each against a peer or a limit that was
// measured in the same rounds: bench/results/report.json and report.md, docs/performance.md with its plots. Calls that are
// answered less often than promised are profiled, so that the report says where the time goes on the same machine.
//
//   npm run bench             the report; names after it (-- capacity mcp) measure these anew, and keep what it says of others
//   npm run bench -- compare  a short form, which fails where a ratio is worse than in bench/results/short.json by more
//                             than the noise that was measured with it (bench/noise.mjs); a word after it chooses
//                             benches by name
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { BENCHES, runBench, SHORT_BENCHES } from './support/benches.mjs';
import { profilesOf } from './support/load-profile.mjs';
import { machine } from './support/machine.mjs';
import { losses, readBaseline } from './support/regression.mjs';
import { loadsOf } from './support/profile-text.mjs';
import { markdown } from './support/report-text.mjs';
import { ratioChart } from './support/ratio-chart.mjs';

const ROOT = join(import.meta.dirname, '..');
const RESULTS = join(ROOT, 'bench/results');
const PLOTS = join(ROOT, 'docs/performance');
const REPORT = join(RESULTS, 'report.json');

/** A row has lost where it is worse in each of them. */
const ROUNDS = 3;

const plot = ({ name, title }) => `![${title}](performance/${name}.svg)`;

if (process.argv[2] === 'compare') compare(process.argv[3] ?? '');
else await write(process.argv.slice(2));

/** @param names of benches to measure; of all where it is empty */
async function write(names) {
  const sections = names.length === 0 ? BENCHES.map(measured) : BENCHES.map(measuredOrKept(names));
  const missed = sections.flatMap(({ rows }) => rows.filter(({ kept }) => kept === false));
  const profiles = await profilesOf(loadsOf(missed));
  const report = { machine: machine(), at: new Date().toISOString(), sections, profiles };
  for (const folder of [RESULTS, PLOTS]) mkdirSync(folder, { recursive: true });
  writeFileSync(REPORT, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(RESULTS, 'report.md'), markdown(report));
  for (const { name, title, rows } of sections)
    if (rows.length > 0) writeFileSync(join(PLOTS, `${name}.svg`), ratioChart(title, rows));
  const page = join(ROOT, 'docs/performance.md');
  const style = await resolveConfig(page);
  writeFileSync(page, await format(markdown(report, plot), { ...style, parser: 'markdown' }));
}

/** With what it was measured on. */
function measured(bench) {
  return { ...runBench(bench), commit: machine().commit, at: new Date().toISOString() };
}

function measuredOrKept(names) {
  const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown.length > 0)
    throw new Error(
      `no bench ${unknown.join(', ')}; there are ${BENCHES.map(({ name }) => name).join(', ')}`,
    );
  const { sections, machine: of, at } = JSON.parse(readFileSync(REPORT, 'utf8'));
  const kept = new Map(sections.map((one) => [one.name, { commit: of.commit, at, ...one }]));
  return (bench) =>
    names.includes(bench.name) ? measured(bench) : (kept.get(bench.name) ?? measured(bench));
}

function compare(words) {
  const baseline = readBaseline();
  let benches = SHORT_BENCHES.filter(({ name }) => name.includes(words));
  let lost = [];
  // What is lost is lost each time; what something else slowed down is not.
  for (let round = 0; round < ROUNDS && benches.length > 0; round += 1) {
    const found = losses(baseline, benches.map(runBench));
    lost = round === 0 ? found : lost.filter((one) => found.some((again) => isSameRow(one, again)));
    benches = benches.filter(({ name }) => lost.some(({ section }) => section === name));
  }
  for (const { section, text } of lost) console.error(`${section}: ${text}`);
  console.log(`${baseline.length} ratios compared, ${lost.length} of them worse`);
  if (lost.length > 0) process.exitCode = 1;
}

function isSameRow(one, other) {
  return one.section === other.section && one.what === other.what && one.against === other.against;
}
