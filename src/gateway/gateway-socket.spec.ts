import { once } from 'node:events';
import { type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Server, WebSocket, WebSocketServer } from 'ws';

import { HEADROOM_BYTES } from '../sessions/resume/frame-room.js';
import { GatewaySocket } from './gateway-socket.js';

let server: Server<typeof GatewaySocket>;
let socket: GatewaySocket;
let client: WebSocket;
let texts: string[];

beforeEach(async () => {
  server = new WebSocketServer<typeof GatewaySocket>({
    port: 0,
    host: '127.0.0.1',
    WebSocket: GatewaySocket,
  });
  await once(server, 'listening');
  texts = [];
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on('message', (data) => texts.push(String(data)));
  const [accepted, request] = (await once(server, 'connection')) as [GatewaySocket, IncomingMessage];
  socket = accepted;
  socket.wire = request.socket;
  socket.slowReaders = { maxBufferedBytes: 2 ** 20, cut: (slow) => slow.terminate() };
});

afterEach(async () => {
  client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

/** What the client has received once so many texts have come. */
async function received(count: number): Promise<readonly string[]> {
  while (texts.length < count) await once(client, 'message');
  return texts;
}

describe('A refusal that asks to wait', () => {
  it('waits for the next ones, and goes before whatever is sent then', async () => {
    const { bytesWritten } = socket.wire;

    socket.sendRefusal('first');
    await nextTurn();
    socket.sendRefusal('second');
    await nextTurn();
    const writtenBefore = socket.wire.bytesWritten;
    socket.sendText('answer');

    expect(writtenBefore).toBe(bytesWritten);
    expect(await received(3)).toEqual(['first', 'second', 'answer']);
  });

  it('comes also where nothing else is sent', async () => {
    socket.sendRefusal('alone');

    expect(await received(1)).toEqual(['alone']);
  });

  it.each([0, 125, 126, 65_535, 65_536])('comes as it was said, of %d characters', async (length) => {
    const text = 'x'.repeat(length);

    socket.sendRefusal(text);

    expect(await received(1)).toEqual([text]);
  });

  it('comes as it was said, in any script, and in its turn', async () => {
    socket.sendRefusal('first');
    socket.sendRefusal('später\u{1F600}');

    expect(await received(2)).toEqual(['first', 'später\u{1F600}']);
  });

  it('comes before the end of the connection', async () => {
    socket.sendRefusal('last');
    socket.close(1001);

    await once(client, 'close');
    expect(texts).toEqual(['last']);
  });

  it('counts for a reader that is too slow', async () => {
    socket.slowReaders = { ...socket.slowReaders, maxBufferedBytes: 100 };

    socket.sendRefusal('x'.repeat(200));

    await once(client, 'close');
    expect(texts).toEqual([]);
  });
});

describe('A frame of bytes', () => {
  it.each([0, 125, 126, 65_535, 65_536])('comes as it was said, of %d bytes, in its turn', async (length) => {
    const bytes = Buffer.alloc(20 + length + 20, 'x');

    socket.sendText('before');
    socket.sendBytes(bytes, 20, 20 + length);
    socket.sendText('after');

    expect(await received(3)).toEqual(['before', 'x'.repeat(length), 'after']);
  });

  it('changes no more before it than it may', async () => {
    const bytes = Buffer.alloc(100_000, 'x');

    socket.sendBytes(bytes, 1_000, 90_000);

    expect(await received(1)).toEqual(['x'.repeat(89_000)]);
    expect(bytes.toString('latin1', 0, 1_000 - HEADROOM_BYTES)).toBe('x'.repeat(1_000 - HEADROOM_BYTES));
    expect(bytes.toString('latin1', 1_000)).toBe('x'.repeat(99_000));
  });

  it('is flushed once nothing of it waits', async () => {
    socket.sendBytes(Buffer.alloc(100, 'x'), 20, 100);
    expect(socket.isFlushed).toBe(false);

    await received(1);

    expect(socket.isFlushed).toBe(true);
  });

  it('comes behind the refusals of before', async () => {
    socket.sendRefusal('refused');
    socket.sendBytes(Buffer.from(`${' '.repeat(HEADROOM_BYTES)}answer`), HEADROOM_BYTES, HEADROOM_BYTES + 6);

    expect(await received(2)).toEqual(['refused', 'answer']);
  });

  it('counts for a reader that is too slow', async () => {
    socket.slowReaders = { ...socket.slowReaders, maxBufferedBytes: 100 };

    socket.sendBytes(Buffer.alloc(200), 20, 200);

    await once(client, 'close');
    expect(texts).toEqual([]);
  });
});
