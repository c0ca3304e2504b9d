import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, describe, expect, it } from 'vitest';

import { TestClient, rawFrame, rawWebSocket } from '../support/test-client.js';
import { type Settings, TestServer } from '../support/test-server.js';

const FAST: Settings = { heartbeat: { interval: 100, missedThreshold: 2 } };

/** Opcode, length, 4408, reason. */
const CLOSE_FRAME = Buffer.concat([Buffer.from([0x88, 17, 0x11, 0x38]), Buffer.from('no sign of life')]);

let server: TestServer;

afterEach(() => server.stop());

/** What a peer that never answers hears last. */
async function lastWordsTo(port: number): Promise<Buffer> {
  const socket = await rawWebSocket(port);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).subarray(-CLOSE_FRAME.length);
}

describe('Heartbeats over sockets', () => {
  it('close 200 peers that never answer with 4408', async () => {
    server = await TestServer.start({ settings: { ...FAST, gateway: { closeTimeout: 100 } } });

    const lastWords = await Promise.all(Array.from({ length: 200 }, () => lastWordsTo(server.port)));

    expect(lastWords.filter((words) => !words.equals(CLOSE_FRAME))).toEqual([]);
    await expect.poll(() => server.sessions.size).toBe(0);
  });

  it('never close a peer that answers, and send it nothing but pings', async () => {
    server = await TestServer.start({ settings: FAST });
    const client = await TestClient.connect(server.url);

    await client.when(() => client.pings >= 8);

    expect(client.closed).toBeUndefined();
    expect(client.received).toEqual([]);
    await client.close();
  });

  it('never close a peer whose message takes longer to arrive than silence is borne', async () => {
    server = await TestServer.start({ settings: FAST });
    const socket = await rawWebSocket(server.port);
    const answers: Buffer[] = [];
    socket.on('data', (chunk) => answers.push(chunk));

    for (const byte of rawFrame(1, '{"type":"ping","id":"slow"}')) {
      socket.write(Buffer.of(byte));
      await pause(40);
    }

    await expect.poll(() => Buffer.concat(answers).toString()).toContain('"type":"pong","id":"slow"');
    socket.destroy();
    await expect.poll(() => server.sessions.size).toBe(0);
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
