// How the time of the reads grows with commits, files, the size of a diff, branches and tags, and sessions, beside the
// same git command spawned in the same rounds.
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
const SESSIONS = [10, 1_000, 10_000];
const SETTLED_MS = 2_500;

const rows = [];
const engines = await startEngines();
try {
  for (const dimension of DIMENSIONS.filter(({ name }) => name.includes(WORDS))) await grow(dimension);
} finally {
  await engines.stop();
}
if ('sessions'.includes(WORDS)) await growSessions();
console.table(rows);
if (rows.some(({ ratio }) => ratio < TARGET)) process.exitCode = 1;

async function grow({ name, sizes, make, reads }) {
  for (const size of sizes.filter((one) => one <= LARGEST)) {
    const generated = await make(size);
    try {
      const repo = asRepository(generated);
      for (const read of reads) {
        const [call, args] = READS.get(read);
        const { git, cold } = await readTimes(engines, repo, () => call(engines, repo), args(repo), ROUNDS);
        note(read, `${size.toLocaleString('en')} ${name}`, git, cold);
      }
    } finally {
      generated.remove();
    }
  }
}

/** One session asks while the others are idle; what is measured is the whole server. */
async function growSessions() {
  const generated = await generateRepository(1_000);
  const server = await serve(
    flagsOf(generated.path, {
      'log.level': 'warn',
      'sessions.max': 20_000,
      'gateway.maxConnectionsPerAddress': 20_000,
      'resilience.rateLimit.enabled': false,
    }),
  );
  try {
    const peer = await webSocketPeer(server.url);
    const call = () => peer.call('git_status', { repo_path: generated.path });
    const [, args] = READS.get('git_status');
    await settled();
    for (const count of SESSIONS.filter((one) => one <= LARGEST)) {
      const sockets = await openSockets(new URL(server.url).port, count);
      const { git, cold } = await readTimes(engines, generated, call, args(), ROUNDS);
      note('git_status', `${count.toLocaleString('en')} sessions`, git, cold);
      await closeSockets(sockets);
    }
    await peer.close();
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
