import { once } from 'node:events';
import { connect } from 'node:net';

const PING = 0x89;
/** An empty pong, masked as a client's frames are. */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

/** Upgraded sockets that have been used once, and from then on only answer the server's pings. */
export async function openSockets(port, count) {
  const sockets = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(100, count - sockets.length) }, () => upgraded(port));
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

export async function closeSockets(sockets) {
  await Promise.all(
    sockets.map((socket) => {
      const closed = once(socket, 'close');
      socket.destroy();
      return closed;
    }),
  );
}

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
  socket.on('data', answerPing);
  return socket;
}

function answerPing(chunk) {
  if (chunk[0] === PING) this.write(PONG);
}
