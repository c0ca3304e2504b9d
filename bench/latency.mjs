// How long the slowest pings in a hundred wait at half the rate that gateway and bare `ws` server can both answer, of
// each of them. Pings are sent when they are due, whatever the answers do.
//
//   npm run build && node bench/latency.mjs [rounds] [seconds]
import { noteRow } from './support/results.mjs';
import { pingLatencies, pingRate } from './support/ping-client.mjs';
import { median, quantile, startServer } from './support/processes.mjs';

const ROUNDS = Number(process.argv[2] ?? 7);
const SECONDS = Number(process.argv[3] ?? 3);
const TARGET = 3;
const CONNECTIONS = 50;
const UNLIMITED = { resilience: { rateLimit: { enabled: true, framesPerSecond: 1e9, burst: 1e9 } } };

const ours = await startServer('gateway-server.mjs', UNLIMITED);
const bare = await startServer('bare-server.mjs');
const most = { connections: CONNECTIONS, inFlight: 8, kind: 'raw' };
const rates = [];
for (const { port } of [ours, bare]) {
  await pingRate({ port, seconds: 1, ...most });
  rates.push(await pingRate({ port, seconds: SECONDS, ...most }));
}
const rate = Math.min(...rates) / 2;
const rounds = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const found = new Map();
  for (const server of round % 2 === 0 ? [ours, bare] : [bare, ours]) {
    const times = await pingLatencies({
      port: server.port,
      connections: CONNECTIONS,
      rate,
      seconds: SECONDS,
    });
    found.set(server, quantile(times, 0.99));
  }
  rounds.push({ ours: found.get(ours), bare: found.get(bare) });
}
await Promise.all([ours.stop(), bare.stop()]);
const ratios = rounds.map((round) => round.ours / round.bare);
noteRow('p99 of a ping at half the rate that both can answer', 'ws', ratios, { atMost: TARGET });
console.table([
  {
    'pings/s': Math.round(rate),
    'ours p99 ms': median(rounds.map((round) => round.ours)),
    'bare p99 ms': median(rounds.map((round) => round.bare)),
    ratio: Number(median(ratios).toFixed(2)),
    target: TARGET,
  },
]);
if (median(ratios) > TARGET) process.exitCode = 1;
