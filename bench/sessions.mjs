// Memory of an idle session through the whole gateway, beside an idle socket of a bare `ws` server. The same client
// opens them; each server stands in a process of its own and is measured after full collections. Resident memory
// flatters whoever started with room in its heap, so the heap is the figure to trust.
//
//   npm run build && node bench/sessions.mjs
import { once } from 'node:events';
import { connect } from 'node:net';

import { noteRow } from './support/results.mjs';
import { startServer } from './support/processes.mjs';

const TARGET = 3;
const COUNTS = [1_000, 5_000];
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
  const warm = await open(server.port, 200);
  await close(warm);
  const before = await server.memory();
  const sockets = await open(server.port, count);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const after = await server.memory();
  await close(sockets);
  await server.stop();
  return {
    rss: Math.round((after.rss - before.rss) / count),
    heap: Math.round((heap(after) - heap(before)) / count),
  };
}

function heap({ heapUsed, external }) {
  return heapUsed + external;
}

async function open(port, count) {
  const sockets = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(100, count - sockets.length) }, () => upgraded(port));
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

/** Upgraded, and one ping answered: a session that has been used once. */
async function upgraded(port) {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  await once(socket, 'data');
  const body = Buffer.from('{"type":"ping","id":"1"}');
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]));
  await once(socket, 'data');
  return socket;
}

async function close(sockets) {
  await Promise.all(
    sockets.map((socket) => {
      const closed = once(socket, 'close');
      socket.destroy();
      return closed;
    }),
  );
}
