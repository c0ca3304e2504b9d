import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Knocked {
  /** HTTP status; `mute` for a refusal that says nothing of why, `cut` for no answer at all. */
  readonly status: string;
  readonly socket: Socket;
}

/** Asks for a WebSocket by hand. @param headers beside or in the place of the usual ones */
export async function knock(port: number, headers: Readonly<Record<string, string>> = {}): Promise<Knocked> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const lines = Object.entries({
    Host: `localhost:${port}`,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET / HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  const [data] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown];
  if (!Buffer.isBuffer(data)) return { status: 'cut', socket };
  const status = data.toString('latin1', 9, 12);
  return { status: status === '101' || data.includes('{"error":') ? status : 'mute', socket };
}
