// What the reads cost beside the same git command spawned, on a small and on a large repository, in one run.
//   npm run build && npm run bench:git [-- quantile [words]]
// The quantile is 0.5, the median; on a machine that does other work as well 0.1 tells more. Words choose rows by name.
import 'reflect-metadata';

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';

import { createEngines } from './support/git-engines.mjs';
import { generateRepository } from './support/generated-repository.mjs';
import { noteRow } from './support/results.mjs';
import { HISTORY_ROWS } from './support/history-rows.mjs';

const ROUNDS = { 1_000: 41, 50_000: 15 };
const run = promisify(execFile);
const signal = new AbortController().signal;

const FIELDS = '--format=%H%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B';
const PATCH = ['-z', '--raw', '--numstat', '--no-abbrev', '-p', '--full-index', '-M'];
const REFS =
  '--format=%(refname)%00%(objectname)%00%(HEAD)%00%(symref)%00%(upstream:short)%00%(contents:subject)';
const contextLines = 3;

/** Name, the call, git's arguments for the same output, what is promised as "times as fast as git": cold and warm. */
const ROWS = [
  ['git_status', (r, repo) => r.status(repo, signal), ['status', '--porcelain=v2', '--branch', '-z']],
  [
    'git_diff_unstaged',
    (r, repo) => r.diff(repo, { kind: 'unstaged', contextLines }, signal),
    ['diff', ...PATCH],
  ],
  [
    'git_diff_staged',
    (r, repo) => r.diff(repo, { kind: 'staged', contextLines }, signal),
    ['diff', '--cached', ...PATCH],
  ],
  [
    'git_diff HEAD',
    (r, repo) => r.diff(repo, { kind: 'target', target: 'HEAD', contextLines }, signal),
    ['diff', ...PATCH, 'HEAD'],
  ],
  [
    'git_diff of commits',
    (r, repo) => r.diff(repo, { kind: 'target', target: 'HEAD~1..HEAD', contextLines }, signal),
    ['diff', ...PATCH, 'HEAD~1..HEAD'],
    1.2,
    10,
  ],
  [
    '  over three commits',
    (r, repo) => r.diff(repo, { kind: 'target', target: `${repo.old}..${repo.young}`, contextLines }, signal),
    ['diff', ...PATCH, 'HEAD~3..HEAD'],
    1 / 1.1,
    10,
  ],
  [
    'git_diff_branches',
    (r, repo) => r.diff(repo, { kind: 'branches', base: 'topic-5', compare: 'side', contextLines }, signal),
    ['diff', ...PATCH, 'topic-5...side'],
    1.2,
    10,
  ],
  [
    'git_log 10',
    (r, repo) => r.log(repo, { maxCount: 10 }, signal),
    ['log', '-z', FIELDS, '--date=raw', '-10'],
    3,
  ],
  [
    'git_log all',
    (r, repo) => r.log(repo, { maxCount: 100_000 }, signal),
    ['log', '-z', FIELDS, '--date=raw'],
  ],
  ['git_show', (r, repo) => r.show(repo, 'HEAD', signal), ['show', FIELDS, '--date=raw', ...PATCH], 1.2, 10],
  [
    'git_show of a merge',
    (r, repo) => r.show(repo, 'merge', signal),
    ['show', FIELDS, '--date=raw', ...PATCH, '--cc', 'merge'],
  ],
  [
    'git_branch',
    (r, repo) => r.branches(repo, { type: 'local' }, signal),
    ['for-each-ref', REFS, 'refs/heads'],
    1.2,
    10,
  ],
  [
    'git_branch contains',
    (r, repo) => r.branches(repo, { type: 'local', contains: 'HEAD~5' }, signal),
    ['for-each-ref', REFS, '--contains', 'HEAD~5', 'refs/heads'],
  ],
];

/** How many times as fast an answer by id is the second time. */
const AGAIN = 20;
const QUANTILE = Number(process.argv[2] ?? 0.5);
const WORDS = process.argv[3] ?? '';
const chosen = ([name]) => name.includes(WORDS);
const typical = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length * QUANTILE)];

const ms = (value) => value.toFixed(2).padStart(9);
const ratio = (value) => `${value.toFixed(2).padStart(7)}x`;

async function timed(call) {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

async function times(engines, repo, call, args, rounds) {
  const found = { git: [], cold: [], warm: [] };
  for (let round = 0; round < rounds + 2; round += 1) {
    const git = await timed(() => run('git', args, { cwd: repo.path, maxBuffer: 2 ** 30 }));
    engines.cache.clear();
    const cold = await timed(call);
    const warm = await timed(call);
    // The first two rounds warm up compilers and the kernel's caches, on both sides.
    if (round < 2) continue;
    found.git.push(git);
    found.cold.push(cold);
    found.warm.push(warm);
  }
  return { ...found, typical: [typical(found.git), typical(found.cold), typical(found.warm)] };
}

let parent = '';

/** Rows that are set in stand below what they are a form of. */
function fullName(name) {
  if (name.startsWith(' ')) return `${parent} ${name.trim()}`;
  parent = name;
  return name;
}

const promise = (atLeast) => (atLeast === undefined ? {} : { atLeast });

function noteTimes({ files }, name, { git, cold, warm }, promisedCold, promisedWarm) {
  const ratios = (ours) => ours.map((time, round) => git[round] / time);
  const what = `${name}, ${files.toLocaleString('en')} files`;
  noteRow(`${what}, first`, 'git', ratios(cold), promise(promisedCold));
  noteRow(`${what}, again`, 'git', ratios(warm), promise(promisedWarm));
}

async function measure(
  engines,
  repo,
  [name, call, args, promisedCold = 1 / 1.1, promisedWarm = promisedCold],
  rounds,
) {
  const found = await times(engines, repo, () => call(engines.reads, repo), args, rounds);
  const [git, cold, warm] = found.typical;
  noteTimes(repo, fullName(name), found, promisedCold, promisedWarm);
  const kept = git / cold >= promisedCold && git / warm >= promisedWarm;
  console.log(
    `${name.padEnd(22)}${ms(git)}${ms(cold)}${ms(warm)}${ratio(git / cold)}${ratio(git / warm)}` +
      `   ${kept ? 'kept' : 'MISSED'} (${promisedCold.toFixed(2)}x, ${promisedWarm.toFixed(2)}x)`,
  );
  return kept;
}

/** What is addressed by object id, and so is kept. */
async function measureAgain(engines, repo, [name, call, args], rounds) {
  const found = await times(engines, repo, () => call(engines, repo), args(repo), rounds);
  const [git, cold, warm] = found.typical;
  noteTimes(repo, `by id: ${fullName(name)}`, found);
  const kept = cold / warm >= AGAIN;
  console.log(
    `${name.padEnd(22)}${ms(git)}${ms(cold)}${ms(warm)}${ratio(git / cold)}${ratio(git / warm)}` +
      `${ratio(cold / warm)}   ${kept ? 'kept' : 'MISSED'} (${AGAIN}x)`,
  );
  return kept;
}

async function benchRepository(engines, files) {
  const generated = await generateRepository(files);
  try {
    const gitDir = join(generated.path, '.git');
    const repo = {
      ...generated,
      files,
      gitDir,
      commonDir: gitDir,
      bare: false,
      objectFormat: 'sha1',
      refFormat: 'files',
      trust: 'untrusted',
    };
    console.log(
      `\n${files.toLocaleString('en')} files; milliseconds (quantile ${QUANTILE}), and how many times as fast as git`,
    );
    console.log(
      `${''.padEnd(22)}${['git', 'cold', 'warm'].map((word) => word.padStart(9)).join('')}    cold    warm   promise`,
    );
    let kept = true;
    for (const row of ROWS.filter(chosen)) kept = (await measure(engines, repo, row, ROUNDS[files])) && kept;
    console.log(
      `\n${'by object id'.padEnd(22)}${['git', 'cold', 'warm'].map((word) => word.padStart(9)).join('')}    cold    warm   again   promise`,
    );
    for (const row of HISTORY_ROWS.filter(chosen))
      kept = (await measureAgain(engines, repo, row, ROUNDS[files])) && kept;
    return kept;
  } finally {
    generated.remove();
  }
}

const engines = createEngines();
engines.pool.onApplicationBootstrap();
await engines.spawner.begin();
let kept = true;
try {
  for (const files of Object.keys(ROUNDS).map(Number)) kept = (await benchRepository(engines, files)) && kept;
  const counted = await engines.metrics.getSingleMetric('mcp_git_libgit2_reads_total').get();
  console.log('\nlibgit2 was asked:');
  for (const { labels, value } of counted.values)
    console.log(`  ${labels.operation} ${labels.outcome}: ${value}`);
} finally {
  await engines.spawner.onApplicationShutdown();
  await engines.copies.onApplicationShutdown();
  await engines.pool.onApplicationShutdown();
}
process.exitCode = kept ? 0 : 1;
