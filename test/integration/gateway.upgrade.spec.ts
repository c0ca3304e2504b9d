import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { Lifecycle } from '../../src/observability/lifecycle.service.js';
import { EchoTool } from '../support/probe.tools.js';
import { TestClient } from '../support/test-client.js';
import { type Settings, TestServer } from '../support/test-server.js';

const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
const TOKENS: Settings = {
  auth: {
    mode: 'token',
    deadline: 150,
    tokens: [
      { name: 'reader', sha256: sha256('r3ad'), scopes: ['git:read'] },
      { name: 'other', sha256: sha256('0ther'), scopes: [] },
      { name: 'old', sha256: sha256('0ld'), scopes: [], expires: '2020-01-01T00:00:00Z' },
    ],
  },
};

let server: TestServer;
let clients: TestClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await server.stop();
});

async function start(settings: Settings = {}): Promise<void> {
  server = await TestServer.start({ settings, tools: [new EchoTool()] });
}

async function open(headers: Record<string, string> = {}): Promise<TestClient> {
  const client = await TestClient.connect(server.url, { headers });
  clients.push(client);
  return client;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('An upgrade', () => {
  it.each([
    ['an unknown path', '/nope', {}, 404, 'protocol_violation'],
    ['a foreign host', '/', { host: 'evil.example' }, 403, 'forbidden'],
    ['a foreign origin', '/', { origin: 'https://evil.example' }, 403, 'forbidden'],
    ['the origin null', '/', { origin: 'null' }, 403, 'forbidden'],
  ])('from %s is refused with a body that says why', async (_, path, headers, status, code) => {
    await start();

    const refusal = await TestClient.refused(server.url + path, { headers });

    expect(refusal.status).toBe(status);
    expect(refusal.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(refusal.body)).toMatchObject({ error: { code, message: expect.any(String) } });
  });

  it('from a local page is served', async () => {
    await start();

    expect((await (await open({ origin: 'http://localhost:3000' })).request('ping')).type).toBe('pong');
  });

  it('to the mcp subprotocol gets it, whatever else is offered', async () => {
    await start();
    const socket = new WebSocket(server.url, ['other', 'mcp']);
    await once(socket, 'open');

    expect(socket.protocol).toBe('mcp');

    socket.close();
    await once(socket, 'close');
  });

  it('to the mcp subprotocol needs its token at once', async () => {
    await start(TOKENS);

    const { status, headers, body } = await TestClient.refused(server.url, {}, ['mcp']);

    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer');
    expect(JSON.parse(body).error.code).toBe('authentication_failed');
  });

  it('while draining is refused with 503 and a time to come back', async () => {
    await start();
    server.app.get(Lifecycle).drain();

    const { status, headers, body } = await TestClient.refused(server.url);

    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('5');
    expect(JSON.parse(body).error).toMatchObject({ code: 'server_draining', retry_after_ms: 5_000 });
  });

  it('from an address with too many sockets is refused with 429 until one closes', async () => {
    await start({ gateway: { maxConnectionsPerAddress: 1 } });
    const first = await open();

    expect((await TestClient.refused(server.url)).status).toBe(429);
    await first.close();
    await expect.poll(() => server.sessions.size).toBe(0);

    expect((await (await open()).request('ping')).type).toBe('pong');
  });

  it.each([
    ['GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', '400'],
    ['GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n', '400'],
  ])('that is not a WebSocket upgrade gets a JSON answer', async (text, status) => {
    await start();
    const socket = connect(server.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));

    socket.write(text);
    await once(socket, 'close');

    expect(answer.split(' ')[1]).toBe(status);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').error.code).toBe('protocol_violation');
  });
});

/** Sends each text once the one before has been answered; all that came back by the time the server closed. */
async function talk(...texts: string[]): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  const closed = once(socket, 'close');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  for (const text of texts) {
    const before = statuses(answer).length;
    socket.write(text);
    await expect.poll(() => statuses(answer).length + Number(socket.destroyed)).toBeGreaterThan(before);
  }
  await closed;
  return answer;
}

const statuses = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status);

describe('An offer of another protocol than WebSocket', () => {
  const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
  const offering = `GET /metrics HTTP/1.1\r\nHost: any.example\r\n${offer}\r\n`;
  const last = 'GET /metrics HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\n\r\n';

  it('is passed over where plain HTTP is served, on a connection that goes on', async () => {
    await start();

    const answer = await talk(offering, offering, last);

    expect(statuses(answer)).toEqual(['200', '200', '200']);
    expect(answer).toContain('mcp_git_sessions');
  });

  it('does not part a request from its body', async () => {
    await start();
    const request = `POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n${offer}\r\n`;

    const answer = await talk(`${request}0123456789${last}`);

    expect(statuses(answer)).toEqual(['404', '200']);
  });

  it('is never answered before a request that came first', async () => {
    await start();

    const answer = await talk(`${last.replace('Connection: close\r\n', '')}${offering}`);

    expect(statuses(answer)).toEqual([]);
  });
});

describe('With tokens', () => {
  it.each(['wr0ng', '0ld', ''])('the bearer token "%s" is refused with 401', async (token) => {
    await start(TOKENS);

    const { status, headers, body } = await TestClient.refused(server.url, { headers: bearer(token) });

    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer');
    expect(JSON.parse(body).error.code).toBe('authentication_failed');
  });

  it('a right bearer token makes the session usable at once', async () => {
    await start(TOKENS);

    const answer = await (await open(bearer('r3ad'))).request('tools/list');

    expect(answer.type).toBe('tools/list/result');
  });

  it('a session without one is served ping and initialize, and nothing else', async () => {
    await start(TOKENS);
    const client = await open();

    expect((await client.request('ping')).type).toBe('pong');
    expect((await client.request('tools/list'))['error'].code).toBe('forbidden');
    expect((await client.request('no/such/type'))['error'].code).toBe('forbidden');
    expect((await client.request('initialize')).result.state).toBe('CREATED');
  });

  it('a token in initialize authenticates', async () => {
    await start(TOKENS);
    const client = await open();

    const { result } = await client.request('initialize', { params: { token: 'r3ad' } });

    expect(result.state).toBe('ACTIVE');
    expect((await client.request('tools/list')).type).toBe('tools/list/result');
  });

  it('a wrong token in initialize closes the socket with 4401', async () => {
    await start(TOKENS);
    const client = await open();

    const { error } = await client.request('initialize', { params: { token: 'wr0ng' } });

    expect(error.code).toBe('authentication_failed');
    expect((await client.closing()).code).toBe(4401);
  });

  it('a session does not change hands', async () => {
    await start(TOKENS);
    const client = await open(bearer('r3ad'));

    const { error } = await client.request('initialize', { params: { token: '0ther' } });

    expect(error.code).toBe('forbidden');
  });

  it('a scope that the token lacks is refused by its name', async () => {
    await start(TOKENS);
    const client = await open(bearer('0ther'));

    const { error } = await client.request('tools/call', {
      params: { name: 'echo', arguments: { text: '' } },
    });

    expect(error).toMatchObject({ code: 'forbidden', details: { scope: 'git:read' } });
  });

  it('a socket that never says anything is closed with 4401, without a word', async () => {
    await start(TOKENS);
    const client = await open();

    expect((await client.closing()).code).toBe(4401);
    expect(client.received).toEqual([]);
  });

  it('a socket that only pings is told, and closed with 4401', async () => {
    await start(TOKENS);
    const client = await open();
    await client.request('ping');

    expect((await client.closing()).code).toBe(4401);
    expect(client.received.map(({ error }) => error.code)).toEqual(['authentication_failed']);
  });

  it('a token that expires while its socket is open ends the session with 4401 at the next request', async () => {
    const expires = new Date(Date.now() + 1_000).toISOString();
    await start({
      auth: { mode: 'token', tokens: [{ name: 'short', sha256: sha256('sh0rt'), scopes: [], expires }] },
    });
    const client = await open(bearer('sh0rt'));
    expect((await client.request('tools/list')).type).toBe('tools/list/result');

    await expect.poll(async () => Date.now() > Date.parse(expires), { timeout: 5_000 }).toBe(true);

    expect((await client.request('tools/list'))['error'].code).toBe('authentication_failed');
    expect((await client.closing()).code).toBe(4401);
  });
});
