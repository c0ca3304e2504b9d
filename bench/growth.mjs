// How the time and the memory of the reads grow with commits, files, the size of a diff, branches and tags, and sessions,
// beside the same git command spawned in the same rounds. Times are those of the readers; memory is that of a server as it
// is shipped, with its workers and its git processes, at the smallest and at the largest size.
//
//   npm run build && node bench/growth.mjs [rounds] [largest] [words]
//
// Sizes above `largest` are left out. Words choose dimensions by name.
import 'reflect-metadata';

import { asRepository, generateRepository } from './support/generated-repository.mjs';
import { startEngines } from './support/git-engines.mjs';
import { HISTORY_ROWS } from './support/history-rows.mjs';
import { closeSockets, openSockets } from './support/idle-sockets.mjs';
import { webSocketPeer } from './support/mcp-peers.mjs';
import { flagsOf, serve } from './support/mcp-servers.mjs';
import { median } from './support/processes.mjs';
import { memoryOfGit, memoryOfTool } from './support/peak-memory.mjs';
import { READ_ROWS } from './support/read-rows.mjs';
import { readTimes } from './support/read-times.mjs';
import { noteRow } from './support/results.mjs';

const ROUNDS = Number(process.argv[2] ?? 7);
const LARGEST = Number(process.argv[3] ?? Infinity);
const WORDS = process.argv[4] ?? '';
/** No slower than git by more than a tenth, at any size. */
const TARGET = 1 / 1.1;

const READS = new Map([
  ...READ_ROWS.map(([name, call, args]) => [name, [({ reads }, repo) => call(reads, repo), () => args]]),
  ...HISTORY_ROWS.map(([name, call, args]) => [`${name} by id`, [call, args]]),
]);
const DIMENSIONS = [
  {
    name: 'commits',
    sizes: [1_000, 10_000, 100_000],
    make: (commits) => generateRepository(1_000, { commits, changed: 1 }),
    reads: ['git_status', 'git_log 10', 'git_log all', 'git_show', 'git_branch contains', 'git_blame by id'],
  },
  {
    name: 'files',
    sizes: [1_000, 10_000, 100_000],
    make: (files) => generateRepository(files, { commits: 20 }),
    reads: ['git_status', 'git_diff_unstaged', 'git_diff_staged', 'git_diff of commits', 'git_show'],
  },
  {
    name: 'bytes of the diff',
    sizes: [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000],
    make: (lastBytes) => generateRepository(100, { commits: 20, lastBytes }),
    reads: ['git_diff of commits', 'git_show'],
  },
  {
    name: 'branches and as many tags',
    sizes: [10, 1_000, 50_000],
    make: (branches) => generateRepository(100, { commits: 100, branches, tags: branches }),
    reads: ['git_branch', 'git_branch contains', 'git_status', 'git_log 10', 'git_show'],
  },
];
/** What each read is as a call of a tool. */
const TOOLS = {
  git_status: ['git_status', {}],
  'git_log 10': ['git_log', { max_count: 10 }],
  'git_log all': ['git_log', { max_count: 10_000 }],
  git_show: ['git_show', { revision: 'HEAD' }],
  git_branch: ['git_branch', { branch_type: 'local' }],
  'git_branch contains': ['git_branch', { branch_type: 'local', contains: 'HEAD~5' }],
  'git_blame by id': ['git_blame', { path: 'area5/part0/file5.txt' }],
  git_diff_unstaged: ['git_diff_unstaged', {}],
  git_diff_staged: ['git_diff_staged', {}],
  'git_diff of commits': ['git_diff', { target: 'HEAD~1..HEAD' }],
};
/** By how much more than git’s own memory may ours grow: a tenth, or so many MiB. */
const MEMORY = { times: 1.1, mebibytes: 64 };
const SESSIONS = [10, 1_000, 10_000];
const MANY_SESSIONS = {
  'sessions.max': 20_000,
  'gateway.maxConnectionsPerAddress': 20_000,
  'resilience.rateLimit.enabled': false,
};
const SETTLED_MS = 2_500;

const rows = [];
const memories = [];
const engines = await startEngines();
try {
  for (const dimension of DIMENSIONS.filter(({ name }) => name.includes(WORDS))) await grow(dimension);
} finally {
  await engines.stop();
}
if ('sessions'.includes(WORDS)) await growSessions();
console.table(rows);
console.table(memories);
if (rows.some(({ ratio }) => ratio < TARGET) || memories.some(({ ratio }) => ratio > 1)) process.exitCode = 1;

async function grow({ name, sizes, make, reads }) {
  const measured = sizes.filter((one) => one <= LARGEST);
  const found = new Map(reads.map((read) => [read, []]));
  for (const size of measured) {
    const generated = await make(size);
    try {
      const repo = asRepository(generated);
      for (const read of reads) {
        const [call, args] = READS.get(read);
        const { git, cold } = await readTimes(engines, repo, () => call(engines, repo), args(repo), ROUNDS);
        note(read, `${size.toLocaleString('en')} ${name}`, git, cold);
        if (size === measured[0] || size === measured.at(-1))
          found.get(read).push({
            git: await memoryOfGit(repo, args(repo)),
            ours: await memoryOfTool(repo, ...TOOLS[read]),
          });
      }
    } finally {
      generated.remove();
    }
  }
  for (const [read, memory] of found) noteMemory(read, name, measured, memory);
}

/** One session asks while the others are idle; what is measured is the whole server. */
async function growSessions() {
  const generated = await generateRepository(1_000);
  const measured = SESSIONS.filter((one) => one <= LARGEST);
  const memory = [];
  const server = await serve(flagsOf(generated.path, { 'log.level': 'warn', ...MANY_SESSIONS }));
  try {
    const peer = await webSocketPeer(server.url);
    const call = () => peer.call('git_status', { repo_path: generated.path });
    const [, args] = READS.get('git_status');
    await settled();
    for (const count of measured) {
      const sockets = await openSockets(new URL(server.url).port, count);
      const { git, cold } = await readTimes(engines, generated, call, args(), ROUNDS);
      note('git_status', `${count.toLocaleString('en')} sessions`, git, cold);
      await closeSockets(sockets);
    }
    await peer.close();
    for (const count of [measured[0], measured.at(-1)])
      memory.push({
        git: await memoryOfGit(generated, args()),
        ours: await memoryOfTool(generated, ...TOOLS.git_status, {
          settings: MANY_SESSIONS,
          prepare: ({ url }) => openSockets(new URL(url).port, count),
        }),
      });
    noteMemory('git_status', 'sessions', measured, memory);
  } finally {
    await server.stop();
    generated.remove();
  }
}

/** Folders that were changed lately are read on every call: the first row is to measure what the others do. */
async function settled() {
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
}

function note(read, size, git, ours) {
  const ratios = ours.map((time, round) => git[round] / time);
  noteRow(`${read}, ${size}`, 'git', ratios, { atLeast: TARGET });
  rows.push({
    read,
    size,
    'git ms': Number(median(git).toFixed(1)),
    'ours ms': Number(median(ours).toFixed(1)),
    ratio: Number(median(ratios).toFixed(2)),
  });
}

/** @param found MiB at the smallest and at the largest size */
function noteMemory(read, dimension, sizes, [small, large]) {
  if (large === undefined) return;
  const [from, to] = [sizes[0], sizes.at(-1)].map((size) => size.toLocaleString('en'));
  const allowed = Math.max(
    MEMORY.times * small.ours * (large.git / small.git),
    small.ours + MEMORY.mebibytes,
  );
  const what = `memory of ${read}, ${to} ${dimension}`;
  noteRow(what, 'git', [large.ours / large.git]);
  noteRow(`growth of the ${what} from ${from}`, 'git’s growth, or 64 MiB', [large.ours / allowed], {
    atMost: 1,
  });
  memories.push({
    what: `${read}, ${dimension}`,
    'git MiB': `${mebibytes(small.git)} to ${mebibytes(large.git)}`,
    'ours MiB': `${mebibytes(small.ours)} to ${mebibytes(large.ours)}`,
    ratio: Number((large.ours / allowed).toFixed(2)),
  });
}

function mebibytes(value) {
  return Number(value.toFixed(1));
}
