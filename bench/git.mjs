// What the reads cost beside the same git command spawned, on a small and on a large repository, in one run.
//   npm run build && npm run bench:git [-- quantile [words [largest [rounds]]]]
// The quantile is 0.5, the median; on a machine that does other work as well 0.1 tells more. Words choose rows by name;
// repositories with more files than `largest` are left out.
import 'reflect-metadata';

import { startEngines } from './support/git-engines.mjs';
import { asRepository, generateRepository } from './support/generated-repository.mjs';
import { noteRow } from './support/results.mjs';
import { HISTORY_ROWS } from './support/history-rows.mjs';
import { INSPECT_ROWS } from './support/inspect-rows.mjs';
import { READ_ROWS } from './support/read-rows.mjs';
import { readTimes } from './support/read-times.mjs';

/** How many times as fast an answer by id is the second time. */
const AGAIN = 20;
const QUANTILE = Number(process.argv[2] ?? 0.5);
const WORDS = process.argv[3] ?? '';
const LARGEST = Number(process.argv[4] ?? Infinity);
const ROUNDS = Object.fromEntries(
  [
    [1_000, 41],
    [50_000, 15],
  ]
    .filter(([files]) => files <= LARGEST)
    .map(([files, rounds]) => [files, Number(process.argv[5] ?? rounds)]),
);
const chosen = ([name]) => name.includes(WORDS);
const typical = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length * QUANTILE)];

const ms = (value) => value.toFixed(2).padStart(9);
const ratio = (value) => `${value.toFixed(2).padStart(7)}x`;

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
  const found = await readTimes(
    engines,
    repo,
    () => call(engines.reads, repo, engines.inspect),
    args,
    rounds,
  );
  const [git, cold, warm] = [found.git, found.cold, found.warm].map(typical);
  noteTimes(repo, fullName(name), found, promisedCold, promisedWarm);
  const kept = git / cold >= promisedCold && git / warm >= promisedWarm;
  console.log(
    `${name.padEnd(26)}${ms(git)}${ms(cold)}${ms(warm)}${ratio(git / cold)}${ratio(git / warm)}` +
      `   ${kept ? 'kept' : 'MISSED'} (${promisedCold.toFixed(2)}x, ${promisedWarm.toFixed(2)}x)`,
  );
  return kept;
}

/** What is addressed by object id, and so is kept. */
async function measureAgain(engines, repo, [name, call, args], rounds) {
  const found = await readTimes(engines, repo, () => call(engines, repo), args(repo), rounds);
  const [git, cold, warm] = [found.git, found.cold, found.warm].map(typical);
  noteTimes(repo, `by id: ${fullName(name)}`, found);
  const kept = cold / warm >= AGAIN;
  console.log(
    `${name.padEnd(26)}${ms(git)}${ms(cold)}${ms(warm)}${ratio(git / cold)}${ratio(git / warm)}` +
      `${ratio(cold / warm)}   ${kept ? 'kept' : 'MISSED'} (${AGAIN}x)`,
  );
  return kept;
}

async function benchRepository(engines, files) {
  const generated = await generateRepository(files);
  try {
    const repo = { ...asRepository(generated), files };
    console.log(
      `\n${files.toLocaleString('en')} files; milliseconds (quantile ${QUANTILE}), and how many times as fast as git`,
    );
    console.log(
      `${''.padEnd(26)}${['git', 'cold', 'warm'].map((word) => word.padStart(9)).join('')}    cold    warm   promise`,
    );
    let kept = true;
    for (const row of [...READ_ROWS, ...INSPECT_ROWS].filter(chosen))
      kept = (await measure(engines, repo, row, ROUNDS[files])) && kept;
    console.log(
      `\n${'by object id'.padEnd(26)}${['git', 'cold', 'warm'].map((word) => word.padStart(9)).join('')}    cold    warm   again   promise`,
    );
    for (const row of HISTORY_ROWS.filter(chosen))
      kept = (await measureAgain(engines, repo, row, ROUNDS[files])) && kept;
    return kept;
  } finally {
    generated.remove();
  }
}

const engines = await startEngines();
let kept = true;
try {
  for (const files of Object.keys(ROUNDS).map(Number)) kept = (await benchRepository(engines, files)) && kept;
  const counted = await engines.metrics.getSingleMetric('mcp_git_libgit2_reads_total').get();
  console.log('\nlibgit2 was asked:');
  for (const { labels, value } of counted.values)
    console.log(`  ${labels.operation} ${labels.outcome}: ${value}`);
} finally {
  await engines.stop();
}
process.exitCode = kept ? 0 : 1;
