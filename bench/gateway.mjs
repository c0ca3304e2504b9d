// Ping round trips a second through the whole gateway, beside a bare `ws` server that parses JSON and answers.
// Both servers stand in processes of their own, rounds alternate, and the ratio is the median over the rounds.
//
//   npm run build && node bench/gateway.mjs [rounds] [seconds]
import { noteRow } from './support/results.mjs';
import { median, startServer } from './support/processes.mjs';
import { pingRate } from './support/ping-client.mjs';

const ROUNDS = Number(process.argv[2] ?? 7);
const SECONDS = Number(process.argv[3] ?? 2);
const TARGET = 0.75;
const UNLIMITED = { resilience: { rateLimit: { enabled: true, framesPerSecond: 1e9, burst: 1e9 } } };
const LOADS = [
  { name: '1 connection x 64 in flight', connections: 1, inFlight: 64 },
  { name: '50 connections x 8 in flight', connections: 50, inFlight: 8 },
];

const ours = await startServer('gateway-server.mjs', UNLIMITED);
const bare = await startServer('bare-server.mjs');
const rows = [];
for (const kind of ['ws', 'raw']) {
  for (const load of LOADS) rows.push(await compare(load, kind));
}
console.table(rows);
await Promise.all([ours.stop(), bare.stop()]);
if (rows.some(({ ratio }) => ratio < TARGET)) process.exitCode = 1;

async function compare({ name, ...load }, kind) {
  const measure = ({ port }, seconds) => pingRate({ port, kind, seconds, ...load });
  await measure(ours, 1);
  await measure(bare, 1);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // Who goes first alternates, so that a machine growing slower or faster favours nobody.
    const first = round % 2 === 0 ? ours : bare;
    const second = first === ours ? bare : ours;
    const rates = new Map([[first, await measure(first, SECONDS)]]);
    rates.set(second, await measure(second, SECONDS));
    rounds.push({ ours: rates.get(ours), bare: rates.get(bare) });
  }
  noteRow(
    `ping, ${name}, client ${kind}`,
    'ws',
    rounds.map((round) => round.ours / round.bare),
    { atLeast: TARGET },
  );
  return {
    load: name,
    client: kind,
    'ours/s': Math.round(median(rounds.map((round) => round.ours))),
    'bare/s': Math.round(median(rounds.map((round) => round.bare))),
    ratio: Number(median(rounds.map((round) => round.ours / round.bare)).toFixed(2)),
    target: TARGET,
  };
}
