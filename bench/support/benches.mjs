import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { load } from './machine.mjs';
import { isKept } from './report-text.mjs';

const FOLDER = join(import.meta.dirname, '..');

/**
 * What the report consists of. `short` are the arguments of the form that is compared; a bench without has none: its
 * rows differ from run to run by more than a loss that one would want to hear of, or take too long.
 */
export const BENCHES = [
  {
    name: 'gateway',
    short: ['3', '0.5'],
    title: 'Pings through the gateway, beside bare ws',
    script: 'gateway.mjs',
    args: ['5', '1'],
  },
  {
    name: 'sessions',
    short: ['1000'],
    title: 'Memory of an idle session, beside a bare ws socket',
    script: 'sessions.mjs',
    args: ['10000', '3'],
    node: ['--expose-gc'],
  },
  {
    name: 'idle',
    short: ['1', '1000', '5'],
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
    short: ['1'],
    title: 'Validation, beside none and beside class-validator alone',
    script: 'validation.mjs',
    args: ['5'],
  },
  {
    name: 'git',
    short: ['0.5', '', '1000', '7'],
    title: 'Reads, beside the same git command spawned',
    script: 'git.mjs',
  },
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
    short: ['1', '0.3', '', '1000'],
    title: 'Tools, beside @cyanheads/git-mcp-server and beside git spawned',
    script: 'mcp.mjs',
    args: ['5', '1'],
  },
  {
    name: 'start',
    short: ['3'],
    title: 'Start, beside @cyanheads/git-mcp-server and against a fixed limit',
    script: 'start.mjs',
  },
];

export const SHORT_BENCHES = BENCHES.filter(({ short }) => short !== undefined).map((bench) => ({
  ...bench,
  args: bench.short,
}));

/** @returns the section of the report: the load before and after, and the rows that the bench noted */
export function runBench({ name, title, script, args = [], node = [] }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-rows-'));
  const file = join(folder, 'rows');
  const before = load();
  try {
    writeFileSync(file, '');
    spawnSync(process.execPath, [...node, join(FOLDER, script), ...args], {
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
