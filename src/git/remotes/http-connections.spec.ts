import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterEach, describe, expect, it } from 'vitest';

import { HttpConnections } from './http-connections.js';

const { signal } = new AbortController();
const BODY = 'HTTP/1.1 200 OK\r\n\r\n';
const GIVEN_UP = { code: 'network_timeout', details: { reason: 'remote-timeout' } };

describe('A host that says a byte now and then', () => {
  let connections: HttpConnections;
  let host: Server;

  afterEach(async () => {
    connections.close();
    await new Promise((resolve) => void host.close(resolve));
  });

  /** @returns what asks it */
  async function listen(everyMs: number, serve: (socket: Socket) => void): Promise<() => Promise<string>> {
    connections = new HttpConnections({ bytes: 1_000, everyMs });
    host = createServer((socket) => serve(socket.resume().on('error', () => undefined)));
    await once(host.listen(0, '127.0.0.1'), 'listening');
    const { port } = host.address() as AddressInfo;
    const at = { protocol: 'http', host: '127.0.0.1', port, path: '/', addresses: [] } as const;
    return () => connections.ask(at, { method: 'GET', headers: {} }, signal).then(text);
  }

  it.each([
    ['head', 'HTTP/1.1 200 OK\r\nx: '],
    ['body', BODY],
  ])('in its %s is given up', async (_where, start) => {
    const ask = await listen(50, (socket) => {
      socket.write(start);
      drip(socket, 1, 5);
    });

    await expect(ask()).rejects.toMatchObject(GIVEN_UP);
  });

  it('is waited for where its connections carry enough together', async () => {
    const ask = await listen(1_000, (socket) => {
      socket.write(BODY);
      drip(socket, 20, 40, 60);
    });

    const said = await Promise.all(Array.from({ length: 4 }, ask));

    expect(said).toEqual(Array.from({ length: 4 }, () => 'x'.repeat(20 * 60)));
  });

  it('is given up on a connection that carries nothing, whatever the others do', async () => {
    let count = 0;
    const ask = await listen(200, (socket) => {
      count += 1;
      socket.write(BODY);
      if (count > 1) drip(socket, 1_000, 10);
    });
    const silent = ask();
    await once(host, 'connection');
    const other = ask().catch(() => undefined); // It ends with the test.

    await expect(silent).rejects.toMatchObject(GIVEN_UP);
    connections.close();
    await other;
  });
});

function drip(socket: Socket, bytes: number, everyMs: number, times = Infinity): void {
  let left = times;
  const timer = setInterval(() => {
    if (left === 0) socket.end();
    else socket.write('x'.repeat(bytes));
    left -= 1;
  }, everyMs);
  socket.once('close', () => clearInterval(timer));
}
