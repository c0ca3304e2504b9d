import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterEach, describe, expect, it } from 'vitest';

import { HttpConnections } from './http-connections.js';

const { signal } = new AbortController();

describe('A host that says a byte now and then', () => {
  const connections = new HttpConnections({ bytes: 1_000, everyMs: 50 });
  let host: Server;

  afterEach(async () => {
    connections.close();
    await new Promise((resolve) => void host.close(resolve));
  });

  it.each([
    ['head', 'HTTP/1.1 200 OK\r\nx: '],
    ['body', 'HTTP/1.1 200 OK\r\n\r\n'],
  ])('in its %s is given up', async (_where, start) => {
    host = createServer((socket) => {
      socket.write(start);
      const drip = setInterval(() => socket.write('x'), 5);
      socket.on('error', () => undefined).once('close', () => clearInterval(drip));
    });
    await once(host.listen(0, '127.0.0.1'), 'listening');
    const { port } = host.address() as AddressInfo;
    const at = { protocol: 'http', host: '127.0.0.1', port, path: '/', addresses: [] } as const;

    const asked = connections.ask(at, { method: 'GET', headers: {} }, signal).then(text);

    await expect(asked).rejects.toMatchObject({
      code: 'network_timeout',
      details: { reason: 'remote-timeout' },
    });
  });
});
