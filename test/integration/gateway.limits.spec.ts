import { once } from 'node:events';

import { afterEach, describe, expect, it } from 'vitest';

import { EchoTool, RepeatTool, WaitTool } from '../support/probe.tools.js';
import { TestClient, rawFrame, rawWebSocket } from '../support/test-client.js';
import { type Settings, TestServer } from '../support/test-server.js';

const UNLIMITED: Settings = { resilience: { rateLimit: { enabled: false, framesPerSecond: 1, burst: 1 } } };

let server: TestServer;
let clients: TestClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await server.stop();
});

async function start(settings: Settings = {}): Promise<void> {
  server = await TestServer.start({ settings, tools: [new EchoTool(), new WaitTool(), new RepeatTool()] });
}

async function open(): Promise<TestClient> {
  const client = await TestClient.connect(server.url);
  clients.push(client);
  return client;
}

const callFrame = (id: number) =>
  rawFrame(
    1,
    JSON.stringify({ type: 'tools/call', id, params: { name: 'repeat', arguments: { characters: 9e5 } } }),
  );

describe('Limits of the gateway', () => {
  it('answer every frame over the rate limit, and leave other sessions alone', async () => {
    await start({ resilience: { rateLimit: { enabled: true, framesPerSecond: 1, burst: 5 } } });
    const flooding = await open();
    const other = await open();

    for (let index = 0; index < 300; index += 1) flooding.send({ type: 'ping', id: `f${index}` });
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) => flooding.answer(`f${index}`)),
    );

    const refused = answers.filter(({ type }) => type === 'error');
    expect(refused.length).toBeGreaterThan(250);
    expect(refused[0]?.['error']).toMatchObject({ code: 'rate_limit_exceeded', recoverable: true });
    expect(refused[0]?.['error'].retry_after_ms).toBeGreaterThan(0);
    expect((await other.request('ping')).type).toBe('pong');
    expect(flooding.closed).toBeUndefined();
  });

  it('count WebSocket pings as frames', async () => {
    await start({ resilience: { rateLimit: { enabled: true, framesPerSecond: 1, burst: 3 } } });
    const client = await open();
    let pongs = 0;
    client.socket.on('pong', () => (pongs += 1));

    for (let index = 0; index < 50; index += 1) client.socket.ping();

    expect((await client.request('ping'))['error'].code).toBe('rate_limit_exceeded');
    expect(pongs).toBe(3);
  });

  it('count pongs that nobody asked for as frames', async () => {
    await start({ resilience: { rateLimit: { enabled: true, framesPerSecond: 1, burst: 3 } } });
    const client = await open();

    for (let index = 0; index < 50; index += 1) client.socket.pong();

    expect((await client.request('ping'))['error'].code).toBe('rate_limit_exceeded');
  });

  it('tell which request was refused, however large it is', async () => {
    await start({ resilience: { rateLimit: { enabled: true, framesPerSecond: 1, burst: 1 } } });
    const client = await open();
    await client.request('ping');

    const refused = await client.request('tools/call', {
      params: { name: 'echo', arguments: { text: 'x'.repeat(90_000) } },
    });

    expect(refused['error'].code).toBe('rate_limit_exceeded');
  });

  it('read a flood of large frames more slowly than it comes, and answer each', async () => {
    await start({ resilience: { rateLimit: { enabled: true, framesPerSecond: 1, burst: 1 } } });
    const client = await open();
    await client.request('ping');
    const params = { name: 'echo', arguments: { text: 'x'.repeat(900_000) } };
    const begunAt = performance.now();

    const answers = Array.from({ length: 8 }, () => client.request('tools/call', { params }));
    await Promise.all(answers);

    // Two of them are more than is read in one go, and what follows waits for 100 ms.
    expect(performance.now() - begunAt).toBeGreaterThan(300);
  });

  it('refuse more requests at a time than a socket may have', async () => {
    await start({ gateway: { maxConcurrentRequests: 2 } });
    const client = await open();
    const call = (ms: number) =>
      client.request('tools/call', { params: { name: 'wait', arguments: { ms } } });

    const running = [call(200), call(200)];
    const { error } = await call(0);

    expect(error).toMatchObject({ code: 'temporary_resource_unavailable', recoverable: true });
    expect((await Promise.all(running)).map(({ type }) => type)).toEqual([
      'tools/call/result',
      'tools/call/result',
    ]);
  });

  it('close a reader that lets too much wait with 1008', async () => {
    await start({ ...UNLIMITED, gateway: { maxBufferedBytes: 65_536 } });
    const client = await open();
    client.socket.pause();

    for (let id = 0; id < 20; id += 1) {
      client.send({
        type: 'tools/call',
        id: `${id}`,
        params: { name: 'repeat', arguments: { characters: 9e5 } },
      });
    }
    await expect.poll(() => server.sessions.counts.CLOSING).toBe(1);
    client.socket.resume();

    expect((await client.closing()).code).toBe(1008);
  });

  it('cut a reader that reads nothing at all, while others are served', async () => {
    await start({ ...UNLIMITED, gateway: { maxBufferedBytes: 65_536, closeTimeout: 100 } });
    const slow = await rawWebSocket(server.port);
    slow.pause();
    const other = await open();

    for (let id = 0; id < 20; id += 1) slow.write(callFrame(id));

    await expect.poll(() => server.sessions.size, { timeout: 10_000 }).toBe(1);
    expect((await other.request('ping')).type).toBe('pong');
    slow.destroy();
  });

  it('cut a message of endless fragments', async () => {
    await start();
    const socket = await rawWebSocket(server.port);
    const ended = once(socket, 'close');

    socket.write(rawFrame(1, 'x', false));
    for (let index = 0; index < 300; index += 1) socket.write(rawFrame(0, 'x', false));
    socket.resume();

    await ended;
    await expect.poll(() => server.sessions.size).toBe(0);
  });

  it('close the longest idle sessions when the server is full', async () => {
    await start({ sessions: { max: 3, evictBatch: 1 } });
    const [a, b, c] = [await open(), await open(), await open()];
    await a.request('ping');

    const d = await open();

    expect((await b.closing()).code).toBe(4410);
    await Promise.all(
      [a, c, d].map(async (client) => expect((await client.request('ping')).type).toBe('pong')),
    );
  });

  it('turn new sessions away with 1013 where the policy is to refuse', async () => {
    await start({ sessions: { max: 1, whenFull: 'refuse' } });
    const first = await open();

    const second = await open();

    expect((await second.closing()).code).toBe(1013);
    expect(second.received[0]).toMatchObject({
      type: 'error',
      id: null,
      error: { code: 'session_limit_reached', recoverable: true, retry_after_ms: 5_000 },
    });
    expect((await first.request('ping')).type).toBe('pong');
  });
});
