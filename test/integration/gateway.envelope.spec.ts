import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { MetricsRegistry } from '../../src/observability/metrics.registry.js';
import { EchoTool, FailTool, RepeatTool, WaitTool } from '../support/probe.tools.js';
import { TestClient } from '../support/test-client.js';
import { TestServer } from '../support/test-server.js';

const UNKNOWN = new Error('secret text of a library');

const call = (client: TestClient, name: string, args: object, fields: object = {}) =>
  client.request('tools/call', { params: { name, arguments: args }, ...fields });

describe('The envelope dialect', () => {
  const wait = new WaitTool();
  let server: TestServer;
  let clients: TestClient[];

  beforeAll(async () => {
    clients = [];
    server = await TestServer.start({
      tools: [new EchoTool(), wait, new RepeatTool(), new FailTool(UNKNOWN)],
    });
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  afterAll(() => server.stop());

  async function connect(path = '/'): Promise<TestClient> {
    const client = await TestClient.connect(server.url + path);
    clients.push(client);
    return client;
  }

  it.each(['/', '/ws', '/ws?client=x'])('answers a ping on %s with its id and the time', async (path) => {
    const client = await connect(path);

    client.send({ type: 'ping', id: 'test_123' });

    const pong = await client.answer('test_123');
    expect(Object.keys(pong)).toEqual(['type', 'id', 'timestamp']);
    expect(pong.type).toBe('pong');
    expect(new Date(pong['timestamp']).toISOString()).toBe(pong['timestamp']);
  });

  it('says nothing before the client does', async () => {
    const client = await connect();

    await client.request('ping');

    expect(client.received).toEqual([]);
  });

  it('keeps ids unchanged, whatever characters they hold', async () => {
    const client = await connect();
    const id = '"\\ \u2028 ü ✓ 😀';

    client.send({ type: 'ping', id });

    expect((await client.answer(id)).type).toBe('pong');
  });

  it('negotiates in initialize', async () => {
    const client = await connect();

    const { type, result } = await client.request('initialize', {
      params: { client: { name: 'test', version: '1' }, capabilities: { progress: true, resume: true } },
    });

    expect(type).toBe('initialize/result');
    expect(result).toMatchObject({
      session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      state: 'ACTIVE',
      server: { name: 'mcp-git-server', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
      capabilities: { cancellation: true, progress: true, heartbeat: false, resume: true },
      limits: { max_payload_bytes: 1_048_576, max_concurrent_requests: 128 },
      heartbeat: { interval_ms: 30_000, missed_threshold: 3 },
    });
  });

  it('answers a resume with session_expired and leaves the session fit for use', async () => {
    const client = await connect();

    const { error } = await client.request('initialize', { params: { resume: { token: 't', last_seq: 3 } } });

    expect(error).toMatchObject({ code: 'session_expired', recoverable: false });
    expect((await client.request('session/get')).result.state).toBe('ACTIVE');
  });

  it('lists the tools with their schemas', async () => {
    const client = await connect();

    const { result } = await client.request('tools/list');

    const echo = result.tools.find(({ name }: { name: string }) => name === 'echo');
    expect(echo).toMatchObject({
      description: expect.any(String),
      inputSchema: { type: 'object', required: ['text'] },
      outputSchema: { type: 'object' },
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    });
    expect(result.next_cursor).toBeUndefined();
  });

  it.each(['x', 'dG9vbHM6MQ', Buffer.from('tools:999').toString('base64url')])(
    'refuses the cursor %s, which it never gave',
    async (cursor) => {
      const { error } = await (await connect()).request('tools/list', { cursor });

      expect(error.code).toBe('validation_failed');
      expect(error.details[0].path).toBe('cursor');
    },
  );

  it('answers a tool call with text and structured content', async () => {
    const { type, result, warnings } = await call(await connect(), 'echo', { text: 'hallo' });

    expect(type).toBe('tools/call/result');
    expect(result).toEqual({
      content: [{ type: 'text', text: 'hallo' }],
      structuredContent: { text: 'hallo' },
    });
    expect(warnings).toBeUndefined();
  });

  it('lets unknown fields pass with a warning', async () => {
    const answer = await call(await connect(), 'echo', { text: 'a', extra: 1 }, { other: 2 });

    expect(answer['result'].content[0].text).toBe('a');
    expect(answer['warnings'].map(({ path }: { path: string }) => path).toSorted()).toEqual([
      'arguments.extra',
      'other',
    ]);
  });

  it('takes a number for an id and answers under its text', async () => {
    const client = await connect();

    client.send({ type: 'ping', id: 7 });

    expect(await client.answer('7')).toMatchObject({ type: 'pong', warnings: [{ path: 'id' }] });
  });

  it.each([
    ['text that is not JSON', '{', null],
    ['a JSON array', '[]', null],
    ['a JSON null', 'null', null],
    ['an object without a type', '{"id":"1"}', '1'],
    ['a type that is no text', '{"id":"1","type":5}', '1'],
    ['a ping without an id', '{"type":"ping"}', null],
    ['an id that is too long', JSON.stringify({ type: 'ping', id: 'x'.repeat(129) }), null],
    ['parameters in a list', '{"type":"tools/call","id":"l","params":[{"name":"echo","arguments":{}}]}', 'l'],
    ['an empty id', '{"type":"ping","id":""}', null],
  ])('answers %s with validation_failed and stays open', async (_, text, id) => {
    const client = await connect();

    client.send(text);

    const { type, error } = await client.answer(id);
    expect(type).toBe('error');
    expect(error).toMatchObject({ code: 'validation_failed', severity: 'low', recoverable: false });
    expect(error.details[0]).toEqual({
      path: expect.any(String),
      constraint: expect.any(String),
      message: expect.any(String),
    });
    expect((await client.request('ping')).type).toBe('pong');
  });

  it.each(['nope', 'constructor', '__proto__', 'ping/result'])('does not know the type %s', async (type) => {
    const { error } = await (await connect()).request(type);

    expect(error.code).toBe('unknown_message_type');
  });

  it('closes with 4400 after ten refused frames in a row', async () => {
    const client = await connect();

    for (let frame = 0; frame < 10; frame += 1) client.send('{');

    expect((await client.closing()).code).toBe(4400);
    expect(client.received.map(({ error }) => error.code)).toEqual([
      ...Array.from({ length: 10 }, () => 'validation_failed'),
      'protocol_violation',
    ]);
  });

  it('starts counting refused frames anew after a valid one', async () => {
    const client = await connect();

    for (let round = 0; round < 3; round += 1) {
      for (let frame = 0; frame < 9; frame += 1) client.send('{');
      await client.request('ping');
    }

    expect(client.closed).toBeUndefined();
  });

  it('closes with 1003 on a binary frame', async () => {
    const client = await connect();

    client.send(Buffer.from('{"type":"ping","id":"1"}'));

    expect((await client.closing()).code).toBe(1003);
  });

  it('closes with 1009 on a frame over the limit', async () => {
    const client = await connect();

    client.send('x'.repeat(1_048_577));

    expect((await client.closing()).code).toBe(1009);
  });

  it('hides what nobody foresaw behind an id for the log', async () => {
    const { error } = await call(await connect(), 'fail', { text: '' });

    expect(error).toMatchObject({ code: 'internal_error', details: { error_id: expect.any(String) } });
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  it('reports progress to a session that asked for it', async () => {
    const client = await connect();
    await client.request('initialize', { params: { capabilities: { progress: true } } });

    client.send({
      type: 'tools/call',
      id: 'p',
      params: { name: 'repeat', arguments: { characters: 1, reports: 2 } },
    });
    await client.answer('p');

    expect(client.received).toEqual([
      { type: 'notifications/status', request_id: 'p', status: 'running' },
      { type: 'notifications/progress', request_id: 'p', progress: { current: 1, total: 2 } },
      { type: 'notifications/progress', request_id: 'p', progress: { current: 2, total: 2 } },
    ]);
  });

  it('reports nothing to a session that did not ask', async () => {
    const client = await connect();

    await call(client, 'repeat', { characters: 1, reports: 5 });

    expect(client.received).toEqual([]);
  });

  it('cancels a running request, which is answered with operation_cancelled', async () => {
    const client = await connect();
    const before = wait.aborted;
    const running = call(client, 'wait', { ms: 60_000 });
    await client.request('ping');

    const ack = await client.request('notifications/cancelled', { request_id: 'req_1', reason: 'test' });

    expect(ack).toMatchObject({ type: 'notifications/cancelled/ack', request_id: 'req_1', cancelled: true });
    expect((await running)['error'].code).toBe('operation_cancelled');
    expect(wait.aborted).toBe(before + 1);
  });

  it('acknowledges the cancellation of nothing as such', async () => {
    const ack = await (await connect()).request('notifications/cancelled', { request_id: 'req_456' });

    expect(ack).toMatchObject({
      type: 'notifications/cancelled/ack',
      request_id: 'req_456',
      cancelled: false,
    });
  });

  it('refuses a request under the id of one that runs', async () => {
    const client = await connect();
    const message = { type: 'tools/call', id: 'same', params: { name: 'wait', arguments: { ms: 300 } } };

    client.send(message);
    client.send(message);

    expect((await client.answer('same'))['error'].code).toBe('duplicate_request_id');
    expect((await client.answer('same')).type).toBe('tools/call/result');
  });

  it('ends a call at the deadline that the client gave', async () => {
    const { error } = await call(await connect(), 'wait', { ms: 60_000 }, { timeout_ms: 20 });

    expect(error.code).toBe('operation_timeout');
  });

  it('refuses tool calls while paused and serves them after the resume', async () => {
    const client = await connect();

    expect((await client.request('session/pause')).result.state).toBe('PAUSED');
    expect((await call(client, 'echo', { text: '' }))['error'].code).toBe('forbidden');
    expect((await client.request('session/resume')).result.state).toBe('ACTIVE');
    expect((await call(client, 'echo', { text: '' })).type).toBe('tools/call/result');
  });

  it('shows the session with its counters', async () => {
    const client = await connect();
    await call(client, 'echo', { text: '' });
    client.send('{');
    await client.answer(null);

    const { result } = await client.request('session/get');

    expect(Object.keys(result)).toEqual(['session_id', 'state', 'metrics']);
    expect(result.metrics).toMatchObject({
      message_count: 3,
      command_count: 1,
      error_count: 1,
      active_operations: 0,
    });
  });

  it('answers what runs, then session/close, then closes with 1000', async () => {
    const client = await connect();
    const running = call(client, 'wait', { ms: 60_000 });
    await client.request('ping');

    const closing = await client.request('session/close');

    expect((await running)['error'].code).toBe('operation_cancelled');
    expect(closing['result'].state).toBe('CLOSING');
    expect((await client.closing()).code).toBe(1000);
  });

  it('answers every session/close, and lets nothing begin between the first and the end', async () => {
    const client = await connect();
    const running = call(client, 'wait', { ms: 60_000 });
    await client.request('ping');

    const closings = [client.request('session/close'), client.request('session/close')];
    const resumed = client.request('session/resume');
    const late = call(client, 'wait', { ms: 60_000 });

    expect((await Promise.all([resumed, late])).map(({ error }) => error.code)).toEqual([
      'forbidden',
      'forbidden',
    ]);
    expect((await running)['error'].code).toBe('operation_cancelled');
    expect((await Promise.all(closings)).map(({ type }) => type)).toEqual([
      'session/close/result',
      'session/close/result',
    ]);
    expect((await client.closing()).code).toBe(1000);
  });

  it('answers a heartbeat with its acknowledgement, and the acknowledgement with nothing', async () => {
    const client = await connect();

    client.send({ type: 'heartbeat_ack', id: 'h' });
    const ack = await client.request('heartbeat');

    expect(Object.keys(ack)).toEqual(['type', 'id', 'timestamp']);
    expect(ack.type).toBe('heartbeat_ack');
    expect(client.received).toEqual([]);
  });

  it.each([
    { type: 'notifications/progress', request_id: 'r', progress: { current: 1, total: 2, message: 'm' } },
    { type: 'notifications/log', level: 'info', message: 'm', logger: 'l', data: { any: ['thing'] } },
    { type: 'notifications/status', status: 's' },
  ])('answers a valid $type with nothing', async (message) => {
    const client = await connect();

    client.send({ id: 'n', ...message });
    await client.request('ping');

    expect(client.received).toEqual([]);
  });

  it('answers an invalid notification with an error', async () => {
    const client = await connect();

    client.send({ type: 'notifications/log', id: 'n', level: 'loud', message: 'm' });

    expect((await client.answer('n'))['error'].code).toBe('validation_failed');
  });

  it('answers a WebSocket ping with a pong', async () => {
    const client = await connect();
    const pong = new Promise((resolve) => client.socket.once('pong', (data) => resolve(data.toString())));

    client.socket.ping('hallo');

    expect(await pong).toBe('hallo');
  });

  it('cancels what a client left running when its connection was lost', async () => {
    const client = await connect();
    const before = wait.aborted;
    client.send({ type: 'tools/call', id: 'w', params: { name: 'wait', arguments: { ms: 60_000 } } });
    await client.request('ping');

    client.socket.terminate();

    await expect.poll(() => wait.aborted).toBe(before + 1);
    await expect.poll(() => server.sessions.runningOperations).toBe(0);
  });

  it('counts messages by type, and types that it does not know as one', async () => {
    const client = await connect();
    await client.request('ping');
    await client.request('made-up-by-a-client');

    const text = await server.app.get(MetricsRegistry).metrics();

    expect(text).toMatch(/mcp_git_messages_total\{type="ping",outcome="ok"\} [1-9]/);
    expect(text).toMatch(/mcp_git_messages_total\{type="unknown",outcome="error"\} [1-9]/);
    expect(text).not.toContain('made-up');
  });
});
