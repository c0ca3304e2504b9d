// What the server does with more than it can do: once, twice and five times its capacity of git_status, which is
// measured first. Calls are sent when they are due, whatever the answers do. What is counted: answers, how long the
// accepted ones took, and refusals, which have to be quick and no more than needed.
//
//   npm run build && node bench/capacity.mjs [rounds] [seconds]
import { generateRepository } from './support/generated-repository.mjs';
import { webSocketPeer } from './support/mcp-peers.mjs';
import { flagsOf, serve } from './support/mcp-servers.mjs';
import { median, quantile } from './support/processes.mjs';
import { noteRow } from './support/results.mjs';

const ROUNDS = Number(process.argv[2] ?? 3);
const SECONDS = Number(process.argv[3] ?? 5);
const TIMES = [1, 2, 5];
const SESSIONS = 20;
/** As built in: so many calls run at once, and so many wait. */
const PLACES = { running: 10, waiting: 100 };
const TARGETS = { goodput: 0.9, wait: 1.5, surplusRefused: 0.1 };

const repository = await generateRepository(100);
const server = await serve(
  flagsOf(repository.path, {
    'log.level': 'error',
    'resilience.rateLimit.enabled': false,
    'resilience.maxConcurrentOperations': PLACES.running,
    'resilience.maxQueuedOperations': PLACES.waiting,
  }),
);
const rows = [];
try {
  const peers = await Promise.all(Array.from({ length: SESSIONS }, () => webSocketPeer(server.url)));
  await capacity(peers, 1);
  const found = new Map(TIMES.map((times) => [times, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    // Anew in each round, so that a machine growing slower or faster changes both.
    const most = await capacity(peers, SECONDS);
    for (const times of TIMES) found.get(times).push({ most, ...(await offer(peers, most * times)) });
  }
  for (const times of TIMES) note(times, found.get(times));
  await Promise.all(peers.map((peer) => peer.close()));
} finally {
  await server.stop();
  repository.remove();
}
console.table(rows);
if (rows.some(({ kept }) => !kept)) process.exitCode = 1;

/** Calls a second where as many are in flight as run at once. */
async function capacity(peers, seconds) {
  const [begin, end] = [performance.now(), performance.now() + seconds * 1_000];
  let answered = 0;
  const worker = async (peer) => {
    while (performance.now() < end) {
      await status(peer);
      answered += 1;
    }
  };
  await Promise.all(peers.slice(0, PLACES.running).map(worker));
  return (answered * 1_000) / (performance.now() - begin);
}

async function offer(peers, rate) {
  const begin = performance.now();
  const total = Math.round(rate * SECONDS);
  const [taken, calls] = [[], []];
  let refused = 0;
  while (calls.length < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - begin) * rate) / 1_000));
    while (calls.length < due) {
      const at = begin + (calls.length * 1_000) / rate;
      const answered = () => taken.push({ wait: performance.now() - at, end: performance.now() - begin });
      calls.push(
        status(peers[calls.length % peers.length]).then(answered, (error) => {
          if (!error.message.includes('temporary_resource_unavailable')) throw error;
          refused += 1;
        }),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(calls);
  const inTime = taken.filter(({ end }) => end <= SECONDS * 1_000).length;
  return {
    goodput: inTime / SECONDS,
    p99: quantile(
      taken.map(({ wait }) => wait),
      0.99,
    ),
    refused: refused / total,
  };
}

function status(peer) {
  return peer.call('git_status', { repo_path: repository.path });
}

function fullQueueMs({ most }) {
  return ((PLACES.running + PLACES.waiting) * 1_000) / most;
}

function note(times, rounds) {
  const at = `at ${times} x capacity`;
  add(
    `git_status answered a second, ${at}`,
    'capacity',
    rounds.map(({ goodput, most }) => goodput / most),
    { atLeast: TARGETS.goodput },
  );
  add(
    `p99 of what is accepted, ${at}`,
    'the time of a full queue',
    rounds.map((round) => round.p99 / fullQueueMs(round)),
    { atMost: TARGETS.wait },
  );
  add(
    `refused, ${at}`,
    'all calls',
    rounds.map(({ refused }) => refused),
    { atMost: Number((1 - 1 / times + TARGETS.surplusRefused).toFixed(2)) },
  );
}

function add(what, against, ratios, target) {
  noteRow(what, against, ratios, target);
  const ratio = Number(median(ratios).toFixed(3));
  rows.push({
    what,
    against,
    ratio,
    ...target,
    kept: ratio >= (target.atLeast ?? 0) && ratio <= (target.atMost ?? Infinity),
  });
}
