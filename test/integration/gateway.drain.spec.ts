import { once } from 'node:events';
import { type Server } from 'node:http';
import { connect } from 'node:net';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { Drain } from '../../src/gateway/drain.service.js';
import { eventually } from '../support/eventually.js';
import { WaitTool } from '../support/probe.tools.js';
import { TestClient, rawWebSocket } from '../support/test-client.js';
import { type Settings, TestServer } from '../support/test-server.js';

const start = (settings: Settings) => TestServer.start({ settings, tools: [new WaitTool()] });
const wait = (ms: number) => ({ params: { name: 'wait', arguments: { ms } } });

describe('The drain', () => {
  it('lets what runs finish, refuses what is new, and says goodbye with 1001', async () => {
    const server = await start({ server: { drainTimeout: 10_000 } });
    const client = await TestClient.connect(server.url);
    const running = client.request('tools/call', wait(300));
    await client.request('ping');

    const drained = server.app.get(Drain).drain();

    expect(await client.next('server/draining')).toEqual({
      type: 'server/draining',
      deadline_ms: 10_000,
      resume: false,
    });
    expect((await client.request('tools/call', wait(0)))['error'].code).toBe('server_draining');
    expect((await running).type).toBe('tools/call/result');
    expect((await client.closing()).code).toBe(1001);
    await drained;
    await server.stop();
  });

  it('cancels what does not finish in time, and still answers it', async () => {
    const server = await start({ server: { drainTimeout: 50 } });
    const client = await TestClient.connect(server.url);
    const running = client.request('tools/call', wait(60_000));
    await client.request('ping');

    await server.stop();

    expect((await running)['error'].code).toBe('operation_cancelled');
    expect((await client.closing()).code).toBe(1001);
  });

  it('does not speak first, not even to say goodbye', async () => {
    const server = await start({});
    const client = await TestClient.connect(server.url);

    await server.stop();

    expect((await client.closing()).code).toBe(1001);
    expect(client.received).toEqual([]);
  });

  it('cuts peers that do not answer the goodbye', async () => {
    const server = await start({ gateway: { closeTimeout: 100 } });
    const sockets = await Promise.all(Array.from({ length: 200 }, () => rawWebSocket(server.port)));

    await server.stop();

    expect(server.sessions.size).toBe(0);
    for (const socket of sockets) socket.destroy();
  });

  it('waits for no connection on which nothing was asked, or only half a question', async () => {
    const server = await start({});
    const sockets = ['', 'GET /health HTTP/1.1\r\n'].map((said) => {
      const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
      socket.write(said);
      return socket;
    });
    const closed = Promise.all(sockets.map((socket) => once(socket.resume(), 'close')));
    const http = server.app.getHttpServer() as Server;
    const connections = promisify(http.getConnections.bind(http));
    await eventually(async () => expect(await connections()).toBe(2));

    await server.stop();

    await closed;
  });
});
