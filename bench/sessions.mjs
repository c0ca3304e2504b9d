// Memory of an idle session through the whole gateway, beside an idle socket of a bare `ws` server. The same client
// opens them; each server stands in a process of its own and is measured after full collections. Resident memory
// flatters whoever started with room in its heap, so the heap is the figure to trust.
//
//   npm run build && node bench/sessions.mjs [most]
//
// Counts above `most` are left out.
import { closeSockets, openSockets } from './support/idle-sockets.mjs';
import { noteRow } from './support/results.mjs';
import { startServer } from './support/processes.mjs';

const TARGET = 3;
const COUNTS = [1_000, 5_000, 10_000].filter((count) => count <= Number(process.argv[2] ?? Infinity));
const SETTINGS = { sessions: { max: 20_000 }, gateway: { maxConnectionsPerAddress: 20_000 } };

const rows = [];
for (const count of COUNTS) {
  const bare = await perSocket('bare-server.mjs', {}, count);
  const ours = await perSocket('gateway-server.mjs', SETTINGS, count);
  for (const what of ['rss', 'heap']) {
    noteRow(`${what} at ${count} sessions`, 'ws', [ours[what] / bare[what]], { atMost: TARGET });
    rows.push({
      sessions: count,
      what,
      'ours (bytes)': ours[what],
      'bare (bytes)': bare[what],
      'over bare': ours[what] - bare[what],
      ratio: Number((ours[what] / bare[what]).toFixed(2)),
      target: TARGET,
    });
  }
}
console.table(rows);
if (rows.some(({ ratio }) => ratio > TARGET)) process.exitCode = 1;

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
