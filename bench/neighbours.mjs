// What other sessions notice of one that asks for a diff of 100 MB again and again: the slowest pings in a hundred,
// beside the same without it, and the server's memory, against a fixed limit. Rounds with and without it alternate.
//
// How much of it no server could keep from them is measured in the same rounds: the pings of a bare `ws` server, in a
// process of its own, beside git alone, which makes the same diff and is ended where the server would end it.
//
//   npm run build && node bench/neighbours.mjs [rounds] [seconds] [bytes]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

import { generateRepository } from './support/generated-repository.mjs';
import { webSocketPeer } from './support/mcp-peers.mjs';
import { flagsOf, serve } from './support/mcp-servers.mjs';
import { pingLatencies } from './support/ping-client.mjs';
import { median, quantile, startServer } from './support/processes.mjs';
import { noteRow } from './support/results.mjs';

const ROUNDS = Number(process.argv[2] ?? 5);
const SECONDS = Number(process.argv[3] ?? 5);
const BYTES = Number(process.argv[4] ?? 100_000_000);
const PINGS = { connections: 20, rate: 200, seconds: SECONDS };
const LIMITS = { p99: 2, memory: 64 * 2 ** 20 };
const SAMPLED_EVERY_MS = 20;
/** As built in: of a patch so much is read. */
const MAX_OUTPUT_BYTES = 2 ** 20;

const repository = await generateRepository(100, { commits: 20, lastBytes: BYTES });
const server = await serve(
  flagsOf(repository.path, {
    'log.level': 'error',
    'resilience.rateLimit.enabled': false,
    // The process that is started is the one whose memory counts.
    'server.supervised': false,
  }),
);
const bare = await startServer('bare-server.mjs');
const rounds = [];
try {
  const port = new URL(server.url).port;
  const peer = await webSocketPeer(server.url);
  const ask = (context) =>
    peer.call('git_diff', { repo_path: repository.path, target: 'HEAD~1..HEAD', context_lines: context });
  await beside(ask, pingLatencies({ port, ...PINGS }));
  for (let round = 0; round < ROUNDS; round += 1) {
    const quiet = quantile(await pingLatencies({ port, ...PINGS }), 0.99);
    const before = memoryOf(server.pid);
    const memory = watchMemory(server.pid);
    const busy = quantile(await beside(ask, pingLatencies({ port, ...PINGS })), 0.99);
    const grown = memory.most() - before;
    const bareQuiet = quantile(await pingLatencies({ port: bare.port, ...PINGS }), 0.99);
    const bareBusy = quantile(await beside(diffOfGit, pingLatencies({ port: bare.port, ...PINGS })), 0.99);
    rounds.push({ quiet, busy, grown, bareQuiet, bareBusy });
  }
  await peer.close();
} finally {
  await Promise.all([server.stop(), bare.stop()]);
  repository.remove();
}
const megabytes = Math.round(BYTES / 1e6);
const rows = [
  {
    what: `p99 of others’ pings beside a diff of ${megabytes} MB`,
    against: 'the same without it',
    ratios: rounds.map(({ quiet, busy }) => busy / quiet),
    limit: LIMITS.p99,
  },
  {
    what: `p99 of pings of bare ws beside git alone, a diff of ${megabytes} MB`,
    against: 'the same without it',
    ratios: rounds.map(({ bareQuiet, bareBusy }) => bareBusy / bareQuiet),
  },
  {
    what: `memory of the server during a diff of ${megabytes} MB`,
    against: '64 MiB more than before',
    ratios: rounds.map(({ grown }) => Math.max(0, grown) / LIMITS.memory),
    limit: 1,
  },
];
for (const { what, against, ratios, limit } of rows)
  noteRow(what, against, ratios, limit === undefined ? {} : { atMost: limit });
console.table(rows.map(({ ratios, ...row }) => ({ ...row, ratio: Number(median(ratios).toFixed(3)) })));
if (rows.some(({ ratios, limit }) => median(ratios) > limit)) process.exitCode = 1;

/** Makes the diff, in other words each time so that no answer is kept, until the pings are over. */
async function beside(makeDiff, pings) {
  const end = new AbortController();
  const ended = pings.finally(() => end.abort());
  for (let context = 0; !end.signal.aborted; context = (context + 1) % 100) await makeDiff(context);
  return ended;
}

async function diffOfGit(context) {
  const words = ['-z', '--raw', '--numstat', '--no-abbrev', '-p', `-U${context}`, 'HEAD~1..HEAD'];
  const stdio = ['ignore', 'pipe', 'inherit'];
  const git = spawn('git', ['diff', ...words], { cwd: repository.path, stdio });
  const over = once(git, 'close');
  let bytes = 0;
  git.stdout.on('data', (chunk) => {
    bytes += chunk.length;
    if (bytes > MAX_OUTPUT_BYTES) git.kill();
  });
  await over;
}

/** Resident bytes of a process. */
function memoryOf(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1_024;
}

function watchMemory(pid) {
  let most = memoryOf(pid);
  const timer = setInterval(() => (most = Math.max(most, memoryOf(pid))), SAMPLED_EVERY_MS);
  return {
    most() {
      clearInterval(timer);
      return most;
    },
  };
}
