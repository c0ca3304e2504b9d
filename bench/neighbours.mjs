// What other sessions notice of one that asks for a diff of 100 MB again and again: the slowest pings in a hundred,
// beside the same without it, and the server's memory, against a fixed limit. Rounds with and without it alternate.
//
//   npm run build && node bench/neighbours.mjs [rounds] [seconds] [bytes]
import { readFileSync } from 'node:fs';

import { generateRepository } from './support/generated-repository.mjs';
import { webSocketPeer } from './support/mcp-peers.mjs';
import { flagsOf, serve } from './support/mcp-servers.mjs';
import { pingLatencies } from './support/ping-client.mjs';
import { median, quantile } from './support/processes.mjs';
import { noteRow } from './support/results.mjs';

const ROUNDS = Number(process.argv[2] ?? 5);
const SECONDS = Number(process.argv[3] ?? 5);
const BYTES = Number(process.argv[4] ?? 100_000_000);
const PINGS = { connections: 20, rate: 200, seconds: SECONDS };
const LIMITS = { p99: 2, memory: 64 * 2 ** 20 };
const SAMPLED_EVERY_MS = 20;

const repository = await generateRepository(100, { commits: 20, lastBytes: BYTES });
const server = await serve(
  flagsOf(repository.path, {
    'log.level': 'error',
    'resilience.rateLimit.enabled': false,
    // The process that is started is the one whose memory counts.
    'server.supervised': false,
  }),
);
const rounds = [];
try {
  const port = new URL(server.url).port;
  const peer = await webSocketPeer(server.url);
  await askFor(peer, pingLatencies({ port, ...PINGS }));
  for (let round = 0; round < ROUNDS; round += 1) {
    const quiet = quantile(await pingLatencies({ port, ...PINGS }), 0.99);
    const before = memoryOf(server.pid);
    const memory = watchMemory(server.pid);
    const times = await askFor(peer, pingLatencies({ port, ...PINGS }));
    rounds.push({ quiet, busy: quantile(times, 0.99), grown: memory.most() - before });
  }
  await peer.close();
} finally {
  await server.stop();
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
    what: `memory of the server during a diff of ${megabytes} MB`,
    against: '64 MiB more than before',
    ratios: rounds.map(({ grown }) => Math.max(0, grown) / LIMITS.memory),
    limit: 1,
  },
];
for (const { what, against, ratios, limit } of rows) noteRow(what, against, ratios, { atMost: limit });
console.table(rows.map(({ ratios, ...row }) => ({ ...row, ratio: Number(median(ratios).toFixed(3)) })));
if (rows.some(({ ratios, limit }) => median(ratios) > limit)) process.exitCode = 1;

/** Asks for the diff, in other words each time so that no answer is kept, until the pings are over. */
async function askFor(peer, pings) {
  const end = new AbortController();
  const ended = pings.finally(() => end.abort());
  for (let context = 0; !end.signal.aborted; context = (context + 1) % 100) {
    const args = { repo_path: repository.path, target: 'HEAD~1..HEAD', context_lines: context };
    await peer.call('git_diff', args);
  }
  return ended;
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
