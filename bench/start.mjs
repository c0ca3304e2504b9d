// From starting the process to the first answered `tools/list` over stdio, beside @cyanheads/git-mcp-server, and to a
// server that listens, against a fixed limit. Rounds alternate between the servers.
//
//   npm run build && node bench/start.mjs [rounds]
import { CLI, flagsOf, serve, startOther } from './support/mcp-servers.mjs';
import { generateRepository } from './support/generated-repository.mjs';
import { stdioPeer } from './support/mcp-peers.mjs';
import { median } from './support/processes.mjs';
import { noteRow } from './support/results.mjs';

const ROUNDS = Number(process.argv[2] ?? 9);
const READY_LIMIT_MS = 1_500;

const repository = await generateRepository(100);
const settings = flagsOf(repository.path, { 'log.level': 'warn' });
const CONTENDERS = {
  ours: () => firstList(() => stdioPeer([CLI, 'stdio', ...settings])),
  other: () => firstList(startOther),
  ready: () =>
    timed(
      () => serve(settings),
      (server) => server.stop(),
    ),
};
const times = { ours: [], other: [], ready: [] };
try {
  for (let round = 0; round < ROUNDS; round += 1) {
    const names = Object.keys(CONTENDERS);
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      times[name].push(await CONTENDERS[name]());
    }
  }
} finally {
  repository.remove();
}
const rows = [
  {
    what: 'start to the first tools/list, stdio',
    against: 'git-mcp-server',
    ratios: times.ours.map((time, round) => time / times.other[round]),
    'ours ms': Math.round(median(times.ours)),
    'against ms': Math.round(median(times.other)),
  },
  {
    what: 'start to ready, serve',
    against: '1.5 s',
    ratios: times.ready.map((time) => time / READY_LIMIT_MS),
    'ours ms': Math.round(median(times.ready)),
    'against ms': READY_LIMIT_MS,
  },
];
for (const { what, against, ratios } of rows) noteRow(what, against, ratios, { atMost: 1 });
console.table(rows.map(({ ratios, ...row }) => ({ ...row, ratio: Number(median(ratios).toFixed(2)) })));
if (rows.some(({ ratios }) => median(ratios) > 1)) process.exitCode = 1;

function firstList(start) {
  return timed(
    async () => {
      const peer = await start();
      await peer.request('tools/list', {});
      return peer;
    },
    (peer) => peer.close(),
  );
}

async function timed(start, end) {
  const before = performance.now();
  const started = await start();
  const time = performance.now() - before;
  await end(started);
  return time;
}
