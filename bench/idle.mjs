// What many idle sessions cost the processor, beside idle sockets of a bare `ws` server: processor time over one
// interval of the heartbeat, and the longest time that the event loop is blocked meanwhile, against fixed limits.
//
//   npm run build && node bench/idle.mjs [rounds] [sessions] [interval in seconds]
import { noteRow } from './support/results.mjs';
import { closeSockets, openSockets } from './support/idle-sockets.mjs';
import { median, startServer } from './support/processes.mjs';

const ROUNDS = Number(process.argv[2] ?? 3);
const SESSIONS = Number(process.argv[3] ?? 10_000);
const INTERVAL_MS = Number(process.argv[4] ?? 30) * 1_000;
const LIMITS = { cpuShare: 0.1, blockMs: 20 };
const SETTINGS = {
  sessions: { max: 20_000 },
  gateway: { maxConnectionsPerAddress: 20_000 },
  heartbeat: { interval: INTERVAL_MS },
};

const bare = await measure('bare-server.mjs', {});
const ours = await measure('gateway-server.mjs', SETTINGS);
const count = SESSIONS.toLocaleString('en');
const rows = [
  {
    what: `processor, ${count} idle sessions`,
    against: 'a tenth of a processor',
    ratios: ours.map(({ cpuShare }) => cpuShare / LIMITS.cpuShare),
    ours: median(ours.map(({ cpuShare }) => cpuShare)),
    bare: median(bare.map(({ cpuShare }) => cpuShare)),
  },
  {
    what: `longest block of the event loop in a round of heartbeats, ${count} idle sessions`,
    against: '20 ms',
    ratios: ours.map(({ blockMs }) => blockMs / LIMITS.blockMs),
    ours: median(ours.map(({ blockMs }) => blockMs)),
    bare: median(bare.map(({ blockMs }) => blockMs)),
  },
];
for (const { what, against, ratios } of rows) noteRow(what, against, ratios, { atMost: 1 });
console.table(rows.map(({ ratios, ...row }) => ({ ...row, ratio: Number(median(ratios).toFixed(3)) })));
if (rows.some(({ ratios }) => median(ratios) > 1)) process.exitCode = 1;

async function measure(script, settings) {
  const server = await startServer(script, settings);
  const sockets = await openSockets(server.port, SESSIONS);
  // What opening them left behind is collected before, and not in the round.
  await server.measure('memory');
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await server.measure('watchLoop');
    const [cpu, begin] = [await server.measure('cpu'), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    const used = (await server.measure('cpu')) - cpu;
    const elapsed = performance.now() - begin;
    rounds.push({ cpuShare: used / elapsed, blockMs: await server.measure('longestBlock') });
  }
  if (sockets.some(({ destroyed }) => destroyed)) throw new Error(`${script} closed idle sessions`);
  await closeSockets(sockets);
  await server.stop();
  return rounds;
}
