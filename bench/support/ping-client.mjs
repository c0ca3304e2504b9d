import { once } from 'node:events';
import { connect } from 'node:net';

import { WebSocket } from 'ws';

/** The first byte of a text frame. */
const TEXT = 0x81;
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

/**
 * Sends pings at a steady rate, whatever the answers do, and returns how long each answer took, in milliseconds since
 * the moment at which the ping was due.
 */
export async function pingLatencies({ port, connections, rate, seconds }) {
  const frame = maskedFrame('{"type":"ping","id":"bench_0"}');
  const times = [];
  const peers = await Promise.all(Array.from({ length: connections }, () => waitingConnection(port, times)));
  const begin = performance.now();
  const total = Math.round(rate * seconds);
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) * rate) / 1_000) + 1);
    for (; sent < due; sent += 1) peers[sent % connections].send(frame, begin + (sent * 1_000) / rate);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const end = performance.now() + 10_000;
  while (times.length < total && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 10));
  await Promise.all(peers.map(({ close }) => close()));
  if (times.length < total) throw new Error(`${total - times.length} pings were not answered`);
  return times;
}

/** A connection whose answers come in the order of the pings. */
async function waitingConnection(port, times) {
  const due = [];
  let next = 0;
  const { socket, close } = await rawSocket(port, (count) => {
    const now = performance.now();
    for (const last = next + count; next < last; next += 1) times.push(now - due[next]);
  });
  const send = (frame, at) => {
    due.push(at);
    socket.write(frame);
  };
  return { send, close };
}

async function rawConnection(port, inFlight, counter) {
  const frames = Array.from({ length: inFlight }, (_, index) =>
    maskedFrame(`{"type":"ping","id":"bench_${index}"}`),
  );
  const all = Buffer.concat(frames);
  const ends = frames.map((_, index) =>
    frames.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0),
  );
  const { socket, close } = await rawSocket(port, (count) => {
    counter.answered += count;
    if (count > 0 && counter.running) socket.write(all.subarray(0, ends[count - 1]));
  });
  socket.write(all);
  return close;
}

/** @param answered is told how many answers have come; the server's own pings are none */
async function rawSocket(port, answered) {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  socket.write(HANDSHAKE(port));
  await once(socket, 'data');
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    let count = 0;
    while (at + 2 <= bytes.length && at + 2 + bytes[at + 1] <= bytes.length) {
      if (bytes[at] === TEXT) count += 1;
      at += 2 + bytes[at + 1];
    }
    rest = bytes.subarray(at);
    answered(count);
  });
  const close = async () => {
    socket.destroy();
    await once(socket, 'close');
  };
  return { socket, close };
}

function maskedFrame(text) {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]);
}
