// Tool calls a second through our three doors, beside @cyanheads/git-mcp-server over stdio, on the same repository in
// one run. Rounds alternate between the servers, and a ratio is the median over the rounds. No server limits how often
// it may be called.
//
//   npm run build && node bench/mcp.mjs [rounds] [seconds] [words]
//
// Words choose tools by name.
import { generateRepository } from './support/generated-repository.mjs';
import { httpPeer, stdioPeer, webSocketPeer } from './support/mcp-peers.mjs';
import { CLI, flagsOf, serve, startOther } from './support/mcp-servers.mjs';
import { noteRow } from './support/results.mjs';
import { median } from './support/processes.mjs';

const ROUNDS = Number(process.argv[2] ?? 5);
const SECONDS = Number(process.argv[3] ?? 1);
const WORDS = process.argv[4] ?? '';
const FILES = 1_000;
const IN_FLIGHT = [1, 8];

const repository = await generateRepository(FILES);
const revisions = Array.from({ length: 100 }, (_, index) => `${repository.young}~${index}`);
const SETTINGS = flagsOf(repository.path, { 'log.level': 'warn', 'resilience.rateLimit.enabled': false });
/** What is asked, in each server's words. Revisions change from call to call. */
const TOOLS = [
  { name: 'git_status', atLeast: 1.5, ours: () => ({}), other: () => ({}) },
  { name: 'git_log', atLeast: 5, ours: () => ({ max_count: 10 }), other: () => ({ maxCount: 10 }) },
  {
    name: 'git_show',
    atLeast: 5,
    ours: (revision) => ({ revision }),
    other: (revision) => ({ object: revision }),
  },
  {
    name: 'git_diff',
    atLeast: 5,
    ours: (revision) => ({ target: `${revision}~3..${revision}` }),
    other: (revision) => ({ source: `${revision}~3`, target: revision }),
  },
];

const server = await serve(SETTINGS);
const other = { name: 'git-mcp-server', peer: await startOther(), args: 'other', path: 'path' };
const ours = [
  { name: 'HTTP', peer: await httpPeer(server.url) },
  { name: 'stdio', peer: await startOurs() },
  { name: 'WebSocket', peer: await webSocketPeer(server.url) },
].map((one) => ({ ...one, args: 'ours', path: 'repo_path' }));
const rows = [];
try {
  for (const tool of TOOLS.filter(({ name }) => name.includes(WORDS))) {
    for (const inFlight of IN_FLIGHT) rows.push(...(await compare(tool, inFlight)));
  }
} finally {
  await Promise.all([other, ...ours].map(({ peer }) => peer.close()));
  await server.stop();
}
console.table(rows);
repository.remove();
if (rows.some((row) => row.target !== '' && row.ratio < row.target)) process.exitCode = 1;

/** One line for each of our doors, and one for the other server. */
async function compare(tool, inFlight) {
  const all = [other, ...ours];
  const measured = new Map(all.map((one) => [one, []]));
  for (const one of all) await load(one, tool, inFlight, SECONDS / 2);
  for (let round = 0; round < ROUNDS; round += 1) {
    // Who goes first changes, so that a machine growing slower or faster favours nobody.
    for (let turn = 0; turn < all.length; turn += 1) {
      const one = all[(round + turn) % all.length];
      measured.get(one).push(await load(one, tool, inFlight, SECONDS));
    }
  }
  const ratioOf = (one) =>
    median(measured.get(one).map(({ rate }, round) => rate / measured.get(other)[round].rate));
  for (const one of ours) {
    const ratios = measured.get(one).map(({ rate }, round) => rate / measured.get(other)[round].rate);
    noteRow(`${tool.name}, ${one.name}, ${inFlight} in flight`, 'git-mcp-server', ratios, {
      atLeast: tool.atLeast,
    });
  }
  return all.map((one) => ({
    tool: tool.name,
    'in flight': inFlight,
    server: one.name,
    'calls/s': Math.round(median(measured.get(one).map(({ rate }) => rate))),
    'p50 ms': Number(median(measured.get(one).map(({ p50 }) => p50)).toFixed(2)),
    'p99 ms': Number(median(measured.get(one).map(({ p99 }) => p99)).toFixed(2)),
    ratio: Number(ratioOf(one).toFixed(2)),
    target: one === other ? '' : tool.atLeast,
  }));
}

async function load({ peer, args, path }, tool, inFlight, seconds) {
  const times = [];
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  let calls = 0;
  const worker = async () => {
    while (performance.now() < end) {
      const revision = revisions[calls % revisions.length];
      calls += 1;
      const before = performance.now();
      await peer.call(tool.name, { [path]: repository.path, ...tool[args](revision) });
      times.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const elapsed = (performance.now() - begin) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return { rate: times.length / elapsed, p50: at(0.5), p99: at(0.99) };
}

function startOurs() {
  return stdioPeer([CLI, 'stdio', ...SETTINGS]);
}
