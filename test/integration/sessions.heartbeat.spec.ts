import { afterEach, describe, expect, it } from 'vitest';

import { TestClient, rawWebSocket } from '../support/test-client.js';
import { type Settings, TestServer } from '../support/test-server.js';

const FAST: Settings = { heartbeat: { interval: 100, missedThreshold: 2 } };

let server: TestServer;

afterEach(() => server.stop());

describe('Heartbeats over sockets', () => {
  it('close 200 peers that never answer with 4408', async () => {
    server = await TestServer.start({ settings: { ...FAST, gateway: { closeTimeout: 100 } } });
    const sockets = await Promise.all(Array.from({ length: 200 }, () => rawWebSocket(server.port)));
    const last: Buffer[] = sockets.map(() => Buffer.alloc(0));
    sockets.forEach((socket, index) => socket.on('data', (chunk) => (last[index] = chunk)));

    await expect.poll(() => server.sessions.size, { timeout: 20_000 }).toBe(0);

    const codes = new Set(last.map((chunk) => chunk.subarray(chunk.lastIndexOf(0x88)).readUInt16BE(2)));
    expect([...codes]).toEqual([4408]);
    for (const socket of sockets) socket.destroy();
  });

  it('never close a peer that answers, and send it nothing but pings', async () => {
    server = await TestServer.start({ settings: FAST });
    const client = await TestClient.connect(server.url);

    await client.when(() => client.pings >= 8);

    expect(client.closed).toBeUndefined();
    expect(client.received).toEqual([]);
    await client.close();
  });

  it('send the heartbeat message to a session that asked, which its ack keeps alive', async () => {
    server = await TestServer.start({ settings: FAST });
    const client = await TestClient.connect(server.url, { autoPong: false });
    await client.request('initialize', { params: { capabilities: { heartbeat: true } } });

    for (let round = 0; round < 6; round += 1) {
      const { id } = await client.next('heartbeat');
      client.send({ type: 'heartbeat_ack', id });
    }

    const { result } = await client.request('session/get');
    expect(result.metrics.heartbeat_count).toBe(6);
    expect(result.metrics.heartbeat_age).not.toBeNull();
    await client.close();
  });
});
