// Memory of an idle session through the whole gateway, beside an idle socket of a bare `ws` server. The same client
// opens them; each server stands in a process of its own and is measured after full collections. Resident memory
// flatters whoever started with room in its heap, so the heap is the figure to trust.
//
//   npm run build && node bench/sessions.mjs [most] [rounds]
//
// Counts above `most` are left out.
import { closeSockets, openSockets } from './support/idle-sockets.mjs';
import { noteRow } from './support/results.mjs';
import { median, startServer } from './support/processes.mjs';

const RATIO = 3;
/** That a session may cost beside what a socket of bare `ws` does. */
const OVER_BARE_BYTES = 20_000;
const COUNTS = [1_000, 5_000, 10_000].filter((count) => count <= Number(process.argv[2] ?? Infinity));
const ROUNDS = Number(process.argv[3] ?? 3);
const SETTINGS = { sessions: { max: 20_000 }, gateway: { maxConnectionsPerAddress: 20_000 } };

const rows = [];
for (const count of COUNTS) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({
      bare: await perSocket('bare-server.mjs', {}, count),
      ours: await perSocket('gateway-server.mjs', SETTINGS, count),
    });
  }
  for (const what of ['rss', 'heap']) {
    const ratios = rounds.map(({ ours, bare }) => ours[what] / bare[what]);
    const over = rounds.map(({ ours, bare }) => ours[what] - bare[what]);
    const shares = over.map((bytes) => Math.max(0, bytes) / OVER_BARE_BYTES);
    noteRow(`${what} at ${count} sessions`, 'ws', ratios, { atMost: RATIO });
    noteRow(`${what} over a bare socket, ${count} sessions`, '20 kB', shares, { atMost: 1 });
    rows.push({
      sessions: count,
      what,
      'ours (bytes)': median(rounds.map(({ ours }) => ours[what])),
      'bare (bytes)': median(rounds.map(({ bare }) => bare[what])),
      'over bare': median(over),
      ratio: Number(median(ratios).toFixed(2)),
      kept: median(ratios) <= RATIO && median(over) <= OVER_BARE_BYTES,
    });
  }
}
console.table(rows);
if (rows.some(({ kept }) => !kept)) process.exitCode = 1;

async function perSocket(script, settings, count) {
  const server = await startServer(script, settings);
  // The first sockets make the server load and compile what every later one shares.
  const warm = await openSockets(server.port, 200);
  await closeSockets(warm);
  const before = await server.measure('memory');
  const sockets = await openSockets(server.port, count);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const after = await server.measure('memory');
  await closeSockets(sockets);
  await server.stop();
  return {
    rss: Math.round((after.rss - before.rss) / count),
    heap: Math.round((heap(after) - heap(before)) / count),
  };
}

function heap({ heapUsed, external }) {
  return heapUsed + external;
}
