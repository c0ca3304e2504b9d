import { once } from 'node:events';
import { connect } from 'node:net';

import { WebSocket } from 'ws';

const HANDSHAKE = (port) =>
  `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

/**
 * Counts answered pings for a while, `inFlight` at a time on each connection.
 *
 * `raw` writes frames made beforehand and only counts frames that come back, so that the server is what is measured;
 * `ws` is a client as people write it.
 */
export async function pingRate({ port, connections, inFlight, seconds, kind }) {
  const make = kind === 'raw' ? rawConnection : wsConnection;
  const counter = { answered: 0, running: true };
  const sockets = await Promise.all(Array.from({ length: connections }, () => make(port, inFlight, counter)));
  const begin = performance.now();
  const before = counter.answered;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const rate = ((counter.answered - before) * 1_000) / (performance.now() - begin);
  counter.running = false;
  await Promise.all(sockets.map((end) => end()));
  return rate;
}

async function wsConnection(port, inFlight, counter) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false });
  await once(socket, 'open');
  let next = 0;
  const ping = () => socket.send(`{"type":"ping","id":"bench_${(next += 1)}"}`);
  socket.on('message', () => {
    counter.answered += 1;
    if (counter.running) ping();
  });
  for (let index = 0; index < inFlight; index += 1) ping();
  return async () => {
    socket.terminate();
    await once(socket, 'close');
  };
}

async function rawConnection(port, inFlight, counter) {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  socket.write(HANDSHAKE(port));
  await once(socket, 'data');
  const frames = Array.from({ length: inFlight }, (_, index) =>
    maskedFrame(`{"type":"ping","id":"bench_${index}"}`),
  );
  const all = Buffer.concat(frames);
  const ends = frames.map((_, index) =>
    frames.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0),
  );
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    let count = 0;
    while (at + 2 <= bytes.length && at + 2 + bytes[at + 1] <= bytes.length) {
      at += 2 + bytes[at + 1];
      count += 1;
    }
    rest = bytes.subarray(at);
    counter.answered += count;
    if (count > 0 && counter.running) socket.write(all.subarray(0, ends[count - 1]));
  });
  socket.write(all);
  return async () => {
    socket.destroy();
    await once(socket, 'close');
  };
}

function maskedFrame(text) {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]);
}
