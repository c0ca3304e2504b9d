import { createHash } from 'node:crypto';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Drain } from '../../src/gateway/drain.service.js';
import { Lifecycle } from '../../src/observability/lifecycle.service.js';
import { ServerError } from '../../src/shared/errors/index.js';
import { EchoTool, FailTool, RepeatTool, WaitTool } from '../support/probe.tools.js';
import { type Settings, TestServer } from '../support/test-server.js';

const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
const TOKENS: Settings = {
  auth: {
    mode: 'token',
    tokens: [
      { name: 'reader', sha256: sha256('r3ad'), scopes: ['git:read'] },
      { name: 'other', sha256: sha256('0ther'), scopes: ['git:read'] },
      { name: 'nobody', sha256: sha256('n0ne'), scopes: [] },
    ],
  },
};
const ACCEPT = 'application/json, text/event-stream';
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

let server: TestServer;
let wait: WaitTool;
let clients: Client[] = [];

async function start(settings: Settings = {}): Promise<void> {
  wait = new WaitTool();
  const failing = new FailTool(
    new ServerError('repository_busy', 'somebody writes', { retryAfterMs: 20, details: { holder: 'x' } }),
  );
  server = await TestServer.start({ settings, tools: [new EchoTool(), failing, new RepeatTool(), wait] });
}

async function connect(era: string): Promise<Client> {
  const mode = era === '2026-07-28' ? { pin: era } : ('legacy' as const);
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${server.port}/mcp`)));
  clients.push(client);
  return client;
}

function deepRequest(): string {
  return `{"jsonrpc":"2.0","id":1,"method":"ping","params":${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}}`;
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.port}/mcp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: ACCEPT, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function openSession(headers: Record<string, string> = {}): Promise<string> {
  const response = await post(INITIALIZE, headers);
  await response.text();
  return response.headers.get('mcp-session-id') ?? '';
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await server.stop();
});

describe.each(['2025-11-25', '2026-07-28'])('MCP over HTTP in the era %s', (era) => {
  let client: Client;

  beforeEach(async () => {
    await start({ mcp: { pageSize: 10 } });
    client = await connect(era);
  });

  it('lists every tool, page by page', async () => {
    const { tools } = await client.listTools();

    expect(client.getNegotiatedProtocolVersion()).toBe(era);
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['git_status', 'git_remote', 'echo']),
    );
    expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
  });

  it('answers a call with text and structured content', async () => {
    const result = await client.callTool({ name: 'echo', arguments: { text: 'hi' } });

    expect(result).toMatchObject({
      content: [{ type: 'text', text: 'hi' }],
      structuredContent: { text: 'hi' },
    });
  });

  it('tells a failure as a result that says what to do', async () => {
    const result = await client.callTool({ name: 'fail', arguments: { text: '' } });

    expect(result.isError).toBe(true);
    expect(result._meta?.['mcp-git-server/error']).toMatchObject({
      code: 'repository_busy',
      recoverable: true,
      retry_after_ms: 20,
      details: { holder: 'x' },
    });
    expect(result.content).toMatchObject([{ text: expect.stringContaining('"code":"repository_busy"') }]);
  });

  it('tells wrong arguments as a result, with the issues', async () => {
    const result = await client.callTool({ name: 'echo', arguments: {} });

    expect(result.isError).toBe(true);
    expect(result._meta?.['mcp-git-server/error']).toMatchObject({
      code: 'validation_failed',
      details: expect.arrayContaining([expect.objectContaining({ path: 'arguments.text' })]),
    });
  });

  it('answers an unknown tool with a protocol error', async () => {
    await expect(client.callTool({ name: 'ech', arguments: {} })).rejects.toMatchObject({ code: -32602 });
  });

  it.each([
    ['prompts/get', { name: 7 }, 'params.name'],
    ['prompts/list', { cursor: {} }, 'params.cursor'],
    ['resources/read', { uri: null }, 'params.uri'],
    ['completion/complete', { ref: 'x', argument: { name: 'x', value: '' } }, 'params.ref'],
  ])('answers params of %s that do not fit as the mistake of the caller', async (method, params, path) => {
    const request = client.request({ method, params } as never);

    await expect(request).rejects.toMatchObject({ code: -32602, message: expect.stringContaining(path) });
  });

  it('reports progress to who asked for it', async () => {
    const reports: number[] = [];

    await client.callTool(
      { name: 'repeat', arguments: { characters: 1, reports: 3 } },
      { onprogress: ({ progress }) => void reports.push(progress) },
    );

    await expect.poll(() => reports).toEqual([1, 2, 3]);
  });

  it('cancels what the client gives up', async () => {
    const giveUp = new AbortController();
    const call = client.callTool({ name: 'wait', arguments: { ms: 60_000 } }, { signal: giveUp.signal });
    const failed = call.catch((error: unknown) => error);
    await expect.poll(() => wait.started).toBe(1);
    expect(server.sessions.runningOperations).toBe(1);

    giveUp.abort();

    expect(await failed).toBeInstanceOf(Error);
    await expect.poll(() => wait.aborted).toBe(1);
    await expect.poll(() => server.sessions.runningOperations).toBe(0);
  });

  it('keeps the results of many calls at once apart', async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `text ${index}`);

    const results = await Promise.all(
      texts.map((text) => client.callTool({ name: 'echo', arguments: { text } })),
    );

    expect(results.map(({ structuredContent }) => structuredContent)).toEqual(
      texts.map((text) => ({ text })),
    );
  });

  it('ends what runs when the server drains', async () => {
    const call = client
      .callTool({ name: 'wait', arguments: { ms: 60_000 } })
      .catch((error: unknown) => error);
    await expect.poll(() => wait.started).toBe(1);
    Reflect.set(server.app.get(Drain), 'server', { drainTimeout: 50 });

    await server.app.get(Drain).drain();

    await call;
    expect(wait.aborted).toBe(1);
  });
});

describe('A session of /mcp', () => {
  it('is counted and seen like any other, and is gone when the client ends it', async () => {
    await start();
    const id = await openSession();

    expect(server.sessions.get(id)?.state.name).toBe('ACTIVE');

    const ended = await fetch(`http://127.0.0.1:${server.port}/mcp`, {
      method: 'DELETE',
      headers: { 'Mcp-Session-Id': id },
    });

    expect(ended.status).toBe(200);
    await expect.poll(() => server.sessions.get(id)).toBeUndefined();
  });

  it('outlives the heartbeat and ends when nobody uses it', async () => {
    await start({ heartbeat: { interval: 50, missedThreshold: 1 }, mcp: { sessionTimeout: 1_000 } });
    const id = await openSession();
    const openedAt = performance.now();

    await expect.poll(() => server.sessions.get(id), { timeout: 5_000 }).toBeUndefined();

    expect(performance.now() - openedAt).toBeGreaterThan(900);
    const late = await post({ jsonrpc: '2.0', id: 2, method: 'ping' }, { 'Mcp-Session-Id': id });
    expect(late.status).toBe(404);
    expect(await late.json()).toMatchObject({ id: 2, error: { code: -32001 } });
  });

  it('belongs to the principal that opened it', async () => {
    await start(TOKENS);
    const id = await openSession({ Authorization: 'Bearer r3ad' });
    const ping = { jsonrpc: '2.0', id: 2, method: 'ping' };

    const own = await post(ping, { 'Mcp-Session-Id': id, Authorization: 'Bearer r3ad' });
    const foreign = await post(ping, { 'Mcp-Session-Id': id, Authorization: 'Bearer 0ther' });

    expect(own.status).toBe(200);
    await own.text();
    expect(foreign.status).toBe(404);
  });

  it('is refused with 503 where there is no place', async () => {
    await start({ sessions: { max: 1, whenFull: 'refuse' } });
    await openSession();

    const second = await post(INITIALIZE);

    expect(second.status).toBe(503);
    expect(second.headers.get('retry-after')).toBe('5');
    expect(await second.json()).toMatchObject({ error: { data: { code: 'session_limit_reached' } } });
  });
});

describe('A request to /mcp', () => {
  it.each(['/mcp', '/mcp/', '/MCP', '/mcp?from=here'])('is served at %s', async (path) => {
    await start();

    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: ACCEPT },
      body: JSON.stringify(INITIALIZE),
    });

    expect(response.status).toBe(200);
    expect(response.headers.get('mcp-session-id')).not.toBeNull();
    await response.text();
  });

  it('is not what other paths are, which go to the application', async () => {
    await start();

    const response = await fetch(`http://127.0.0.1:${server.port}/mcps`);

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('/mcps') });
  });

  it.each([
    ['malformed JSON', '{"jsonrpc":', {}, 400, -32700],
    ['a list nested without end', `${'['.repeat(1e5)}${']'.repeat(1e5)}`, {}, 400, -32600],
    ['params nested without end', deepRequest(), {}, 400, -32600],
    ['no session', { jsonrpc: '2.0', id: 7, method: 'tools/list' }, {}, 400, -32000],
    ['an unknown session', { jsonrpc: '2.0', id: 7, method: 'ping' }, { 'Mcp-Session-Id': 'x' }, 404, -32001],
    ['a foreign origin', INITIALIZE, { Origin: 'https://evil.example' }, 403, -32031],
    ['another media type', 'x', { 'Content-Type': 'text/plain' }, 415, -32000],
    ['a body too large', `"${'x'.repeat(2 ** 20)}"`, {}, 413, -32000],
  ])('with %s is answered in JSON-RPC', async (_, body, headers, status, code) => {
    await start({ mcp: { maxBodyBytes: 2 ** 20 } });

    const response = await post(body, headers);

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code } });
  });

  it('without a token is answered with a challenge', async () => {
    await start(TOKENS);

    const response = await post(INITIALIZE);

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
  });

  it('whose token lacks the scope of the tool is told which one', async () => {
    await start(TOKENS);
    const authorization = { Authorization: 'Bearer n0ne' };
    const id = await openSession(authorization);
    const call = {
      jsonrpc: '2.0',
      id: 2,
      method: 'tools/call',
      params: { name: 'git_status', arguments: {} },
    };

    const response = await post(call, { ...authorization, 'Mcp-Session-Id': id });

    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toMatch(/insufficient_scope.*git:read/);
  });

  it('is refused while the server drains', async () => {
    await start();
    server.app.get(Lifecycle).drain();

    const response = await post(INITIALIZE);

    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
  });
});

const callOf = (name: string, params: object = {}) => ({
  jsonrpc: '2.0',
  id: 'one',
  method: 'tools/call',
  params: { name, arguments: { repo_path: '/nowhere' }, ...params },
});
const typeOf = (response: Response) => response.headers.get('content-type');

describe('An answer in one piece', () => {
  let session: Record<string, string>;

  beforeEach(async () => {
    await start();
    session = { 'Mcp-Session-Id': await openSession(), 'MCP-Protocol-Version': '2025-11-25' };
  });

  it('is JSON with the id of the request and the session', async () => {
    const response = await post(callOf('git_status'), session);

    expect(typeOf(response)).toBe('application/json');
    expect(response.headers.get('mcp-session-id')).toBe(session['Mcp-Session-Id']);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: 'one', result: { isError: true } });
  });

  it.each(['ping', 'tools/list', 'resources/list', 'prompts/list'])('is given to %s', async (method) => {
    const response = await post({ jsonrpc: '2.0', id: 2, method }, session);

    expect(typeOf(response)).toBe('application/json');
    expect(await response.json()).toMatchObject({ id: 2, result: {} });
  });

  it.each(['git_push', 'git_tag', 'git_batch'])('is not given to %s, which may write', async (name) => {
    const response = await post(callOf(name), session);

    expect(typeOf(response)).toBe('text/event-stream');
    await response.text();
  });

  it('becomes a stream where something is said before it', async () => {
    const level = { jsonrpc: '2.0', id: 2, method: 'logging/setLevel', params: { level: 'debug' } };
    await (await post(level, session)).text();

    const response = await post(callOf('git_status'), session);

    expect(typeOf(response)).toBe('text/event-stream');
    const events = (await response.text()).split('\n').filter((line) => line.startsWith('data: {'));
    expect(events.map((line) => JSON.parse(line.slice('data: '.length)) as object)).toEqual([
      expect.objectContaining({ method: 'notifications/message' }),
      expect.objectContaining({ id: 'one' }),
    ]);
  });

  it.each([
    ['that asked for progress', callOf('git_status', { _meta: { progressToken: 1 } })],
    ['that may take long', callOf('wait')],
    ['that changes something', callOf('git_commit')],
  ])('is not given to a call %s', async (_, body) => {
    const response = await post(body, session);

    expect(typeOf(response)).toBe('text/event-stream');
    expect(await response.text()).toContain('"id":"one"');
  });

  it.each([
    ['accepts no streams', { Accept: 'application/json' }, 406],
    ['speaks a version that nobody knows', { 'MCP-Protocol-Version': '1999-01-01' }, 400],
  ])('is refused to a client that %s', async (_, headers, status) => {
    const response = await post(callOf('git_status'), { ...session, ...headers });

    expect(response.status).toBe(status);
  });

  it('keeps the results of many calls at once apart', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => index);

    const answers = await Promise.all(
      texts.map(
        async (id) => (await post({ ...callOf('git_status'), id }, session)).json() as Promise<object>,
      ),
    );

    expect(answers).toEqual(texts.map((id) => expect.objectContaining({ id }) as object));
  });
});

describe('A call over HTTP that its client cancels', () => {
  it('is answered, so that its request does not wait for the end of the session', async () => {
    await start();
    const session = { 'Mcp-Session-Id': await openSession(), 'MCP-Protocol-Version': '2025-11-25' };
    const waiting = { id: 'a', method: 'tools/call', params: { name: 'wait', arguments: { ms: 60_000 } } };
    const answer = await post({ jsonrpc: '2.0', ...waiting }, session);
    await expect.poll(() => wait.started).toBe(1);

    const method = 'notifications/cancelled';
    const cancel = (requestId: unknown) => post({ jsonrpc: '2.0', method, params: { requestId } }, session);
    for (const id of ['a', 'a', 'never asked', { id: 'a' }]) await (await cancel(id)).text();

    const event = (await answer.text()).split('\n').find((line) => line.startsWith('data: {'));
    expect(JSON.parse(event?.slice('data: '.length) ?? '')).toMatchObject({
      id: 'a',
      error: { data: { code: 'operation_cancelled' } },
    });
    expect(wait.aborted).toBe(1);
  });
});

describe('A client whose stream broke', () => {
  it('is sent what it missed', async () => {
    await start();
    const id = await openSession();
    const headers = { 'Mcp-Session-Id': id, 'MCP-Protocol-Version': '2025-11-25' };
    const call = {
      jsonrpc: '2.0',
      id: 'a',
      method: 'tools/call',
      params: { name: 'wait', arguments: { ms: 300 } },
    };
    const broken = await post(call, headers);
    const reader = (broken.body as ReadableStream<Uint8Array>).getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    await reader.cancel();

    const lastEventId = /id: (\S+)/.exec(first)?.[1] ?? '';
    const resume = () =>
      fetch(`http://127.0.0.1:${server.port}/mcp`, {
        headers: { ...headers, Accept: 'text/event-stream', 'Last-Event-ID': lastEventId },
      });
    let rest = '';
    // Until the server has noticed that the first stream is gone, it answers with a conflict.
    await expect
      .poll(async () => {
        const resumed = await resume();
        rest = await resumed.text();
        return resumed.status;
      })
      .toBe(200);

    expect(rest).toContain('"text":"done"');
  });
});
