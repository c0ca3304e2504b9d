// What the server does with more than it can do: once, twice and five times its capacity of git_status, which is
// measured first. Calls are sent when they are due, whatever the answers do. What is counted: answers, how long the
// accepted ones took, and refusals, which have to be quick and no more than needed.
//
// The clients work on the same processors and take the more from the server the more they ask. They do as little as they
// can, in the capacity as in the rest, and what they take has rows of its own.
//
//   npm run build && node bench/capacity.mjs [rounds] [seconds]
import { generateRepository } from './support/generated-repository.mjs';
import { lightCaller } from './support/light-caller.mjs';
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
  const status = () => lightCaller(server.url, 'git_status', { repo_path: repository.path });
  const callers = await Promise.all(Array.from({ length: SESSIONS }, status));
  await capacity(callers, 1);
  const found = new Map(TIMES.map((times) => [times, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    // Anew in each round, so that a machine growing slower or faster changes both.
    const most = await capacity(callers, SECONDS);
    for (const times of TIMES) found.get(times).push({ most, ...(await offer(callers, most * times)) });
  }
  for (const times of TIMES) note(times, found.get(times));
  await Promise.all(callers.map((caller) => caller.close()));
} finally {
  await server.stop();
  repository.remove();
}
console.table(rows);
if (rows.some(({ kept }) => !kept)) process.exitCode = 1;

/** Calls a second where as many are in flight as run at once. */
async function capacity(callers, seconds) {
  const [begin, end] = [performance.now(), performance.now() + seconds * 1_000];
  let answered = 0;
  const worker = async (caller) => {
    while (performance.now() < end) if ((await caller.call()) === 'served') answered += 1;
  };
  await Promise.all(callers.slice(0, PLACES.running).map(worker));
  return (answered * 1_000) / (performance.now() - begin);
}

async function offer(callers, rate) {
  const begin = performance.now();
  const before = process.cpuUsage();
  const total = Math.round(rate * SECONDS);
  const [taken, calls] = [[], []];
  while (calls.length < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - begin) * rate) / 1_000));
    while (calls.length < due) {
      const at = begin + (calls.length * 1_000) / rate;
      const note = (outcome) => {
        const now = performance.now();
        if (outcome === 'served') taken.push({ wait: now - at, end: now - begin });
      };
      calls.push(callers[calls.length % callers.length].call().then(note));
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(calls);
  const { user, system } = process.cpuUsage(before);
  const inTime = taken.filter(({ end }) => end <= SECONDS * 1_000).length;
  return {
    goodput: inTime / SECONDS,
    p99: quantile(
      taken.map(({ wait }) => wait),
      0.99,
    ),
    refused: 1 - taken.length / total,
    clients: (user + system) / 1_000 / (performance.now() - begin),
  };
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
  add(
    `processor time of the clients, ${at}`,
    'one processor',
    rounds.map(({ clients }) => clients),
  );
}

function add(what, against, ratios, target = {}) {
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
