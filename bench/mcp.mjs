// Tool calls a second through our three doors, beside @cyanheads/git-mcp-server over stdio and beside git spawned, on the
// same repository in one run; with answers kept and with none kept. Rounds alternate between all of them, and a ratio is
// the median over the rounds. No server limits how often it may be called.
//
//   npm run build && node bench/mcp.mjs [rounds] [seconds] [words] [largest]
//
// Words choose tools by name; repositories with more files than `largest` are left out.
import { callRate } from './support/call-rate.mjs';
import { generateRepository } from './support/generated-repository.mjs';
import { gitPeer, httpPeer, stdioPeer, webSocketPeer } from './support/mcp-peers.mjs';
import { CLI, flagsOf, serve, startOther } from './support/mcp-servers.mjs';
import { callsOf, MCP_TOOLS } from './support/mcp-tools.mjs';
import { noteRow } from './support/results.mjs';
import { median } from './support/processes.mjs';

const ROUNDS = Number(process.argv[2] ?? 5);
const SECONDS = Number(process.argv[3] ?? 1);
const WORDS = process.argv[4] ?? '';
const LARGEST = Number(process.argv[5] ?? Infinity);
const SIZES = [
  { files: 1_000, loads: ['one', 'eight', 'uncached'] },
  { files: 50_000, loads: ['eight', 'uncached'] },
];
const LOADS = {
  one: { inFlight: 1, words: '1 in flight', servers: 'keeping' },
  eight: { inFlight: 8, words: '8 in flight', servers: 'keeping' },
  uncached: { inFlight: 8, words: '8 in flight, nothing kept', servers: 'forgetting' },
};
const UNLIMITED = { 'log.level': 'warn', 'resilience.rateLimit.enabled': false };

const rows = [];
for (const { files, loads } of SIZES.filter((one) => one.files <= LARGEST)) await measure(files, loads);
console.table(rows);
if (rows.some(({ ratio, target }) => target !== '' && ratio < target)) process.exitCode = 1;

async function measure(files, loads) {
  const repository = await generateRepository(files);
  const size = files === SIZES[0].files ? '' : `, ${files.toLocaleString('en')} files`;
  const started = [];
  try {
    const other = { name: 'git-mcp-server', peer: await startOther(), args: 'other', path: 'path' };
    const git = { name: 'git', peer: gitPeer(repository.path), args: 'git' };
    started.push(other.peer);
    const ours = {
      keeping: await startDoors(repository, {}, started),
      forgetting: await startDoors(repository, { 'git.cache.maxBytes': 0 }, started),
    };
    for (const tool of MCP_TOOLS.filter(({ name }) => name.includes(WORDS)))
      for (const load of loads)
        await compare(tool, load, size, [other, git, ...ours[LOADS[load].servers]], repository);
  } finally {
    for (const one of started) await one.close();
    repository.remove();
  }
}

/** Our three doors, of a server that is started for HTTP and WebSocket, and of one for stdio. */
async function startDoors({ path }, settings, started) {
  const flags = flagsOf(path, { ...UNLIMITED, ...settings });
  const server = await serve(flags);
  started.push({ close: () => server.stop() });
  const doors = [
    { name: 'HTTP', peer: await httpPeer(server.url) },
    { name: 'stdio', peer: await stdioPeer([CLI, 'stdio', ...flags]) },
    { name: 'WebSocket', peer: await webSocketPeer(server.url) },
  ];
  started.unshift(...doors.map(({ peer }) => peer));
  return doors.map((door) => ({ ...door, args: 'ours', path: 'repo_path' }));
}

/** Notes for each of our doors how its rate compares with the other server's, and with git's. */
async function compare(tool, load, size, all, repository) {
  const { inFlight, words } = LOADS[load];
  const ask = (one, seconds) => callRate(callsOf(one, tool, repository), inFlight, seconds);
  const measured = new Map(all.map((one) => [one, []]));
  for (const one of all) await ask(one, SECONDS / 2);
  for (let round = 0; round < ROUNDS; round += 1) {
    // Who goes first changes, so that a machine growing slower or faster favours nobody.
    for (let turn = 0; turn < all.length; turn += 1) {
      const one = all[(round + turn) % all.length];
      measured.get(one).push(await ask(one, SECONDS));
    }
  }
  const [other, git, ...ours] = all;
  const target = tool.promised[load];
  const ratios = (one, peer) =>
    measured.get(one).map(({ rate }, round) => rate / measured.get(peer)[round].rate);
  for (const one of ours) {
    const what = `${tool.name}, ${one.name}, ${words}${size}`;
    noteRow(what, other.name, ratios(one, other), target === undefined ? {} : { atLeast: target });
    noteRow(what, git.name, ratios(one, git));
  }
  const typical = (one, key) => Number(median(measured.get(one).map((rate) => rate[key])).toPrecision(3));
  rows.push(
    ...all.map((one) => ({
      what: `${tool.name}, ${words}${size}`,
      server: one.name,
      'calls/s': typical(one, 'rate'),
      'p50 ms': typical(one, 'p50'),
      'p99 ms': typical(one, 'p99'),
      ratio: Number(median(ratios(one, other)).toFixed(2)),
      target: ours.includes(one) ? (target ?? '') : '',
    })),
  );
}
