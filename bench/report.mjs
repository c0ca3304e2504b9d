// Runs the benches one after the other and makes one report of their ratios, each against a peer or a limit that was
// measured in the same rounds: bench/results/report.json and report.md, docs/performance.md with its plots.
//
//   npm run bench             the report
//   npm run bench -- compare  fails where a ratio is worse than in the report that is there, and keeps that
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { load, machine } from './support/machine.mjs';
import { isKept, losses, markdown } from './support/report-text.mjs';
import { ratioChart } from './support/ratio-chart.mjs';

const ROOT = join(import.meta.dirname, '..');
const RESULTS = join(ROOT, 'bench/results');
const PLOTS = join(ROOT, 'docs/performance');
const REPORT = join(RESULTS, 'report.json');
const BENCHES = [
  {
    name: 'gateway',
    title: 'Pings through the gateway, beside bare ws',
    script: 'gateway.mjs',
    args: ['5', '1'],
  },
  {
    name: 'sessions',
    title: 'Memory of an idle session, beside a bare ws socket',
    script: 'sessions.mjs',
    node: ['--expose-gc'],
  },
  {
    name: 'idle',
    title: 'Ten thousand idle sessions, against fixed limits',
    script: 'idle.mjs',
  },
  {
    name: 'latency',
    title: 'The slowest pings in a hundred, beside bare ws',
    script: 'latency.mjs',
  },
  {
    name: 'validation',
    title: 'Validation, beside class-validator alone',
    script: 'validation.mjs',
    args: ['5'],
  },
  { name: 'git', title: 'Reads, beside the same git command spawned', script: 'git.mjs' },
  {
    name: 'growth',
    title: 'Reads as what they read grows, beside the same git command spawned',
    script: 'growth.mjs',
  },
  {
    name: 'capacity',
    title: 'More calls than the server can answer, against its capacity',
    script: 'capacity.mjs',
  },
  {
    name: 'neighbours',
    title: 'Other sessions beside a diff of 100 MB, against the same without it',
    script: 'neighbours.mjs',
  },
  {
    name: 'mcp',
    title: 'Tools, beside @cyanheads/git-mcp-server',
    script: 'mcp.mjs',
    args: ['5', '1'],
  },
  {
    name: 'start',
    title: 'Start, beside @cyanheads/git-mcp-server and against a fixed limit',
    script: 'start.mjs',
  },
];

const plot = ({ name, title }) => `![${title}](performance/${name}.svg)`;

const sections = BENCHES.map(runBench);
const report = { machine: machine(), at: new Date().toISOString(), sections };
if (process.argv[2] === 'compare') compare();
else await write();

function runBench({ name, title, script, args = [], node = [] }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-rows-'));
  const file = join(folder, 'rows');
  const before = load();
  try {
    writeFileSync(file, '');
    spawnSync(process.execPath, [...node, join(import.meta.dirname, script), ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, BENCH_ROWS: file },
    });
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    const rows = lines.map((line) => JSON.parse(line)).map((row) => ({ ...row, kept: isKept(row) }));
    return { name, title, load: [before, load()], rows };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function write() {
  for (const folder of [RESULTS, PLOTS]) mkdirSync(folder, { recursive: true });
  writeFileSync(REPORT, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(RESULTS, 'report.md'), markdown(report));
  for (const { name, title, rows } of sections)
    if (rows.length > 0) writeFileSync(join(PLOTS, `${name}.svg`), ratioChart(title, rows));
  const page = join(ROOT, 'docs/performance.md');
  const style = await resolveConfig(page);
  writeFileSync(page, await format(markdown(report, plot), { ...style, parser: 'markdown' }));
}

function compare() {
  const lost = losses(JSON.parse(readFileSync(REPORT, 'utf8')), report);
  for (const line of lost) console.error(line);
  if (lost.length > 0) process.exitCode = 1;
}
