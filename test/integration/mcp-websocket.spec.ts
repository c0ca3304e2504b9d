import { once } from 'node:events';
import { join } from 'node:path';

import { Client } from '@modelcontextprotocol/client';
import { type LoggerService } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { ErrorAnalyzer } from '../../src/resilience/error-analyzer.service.js';
import { WebSocketClientTransport } from '../support/mcp/websocket-client.transport.js';
import { EchoTool, FailTool, RepeatTool, WaitTool } from '../support/probe.tools.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { TestClient } from '../support/test-client.js';
import { type Settings, TestServer } from '../support/test-server.js';

let server: TestServer;
let wait: WaitTool;

async function start(settings: Settings = {}, logger?: LoggerService): Promise<void> {
  wait = new WaitTool();
  server = await TestServer.start({
    settings,
    ...(logger !== undefined && { logger }),
    tools: [new EchoTool(), new FailTool(), new RepeatTool(), wait],
  });
}

afterEach(() => server.stop());

describe.each(['2025-11-25', '2026-07-28'])('MCP over WebSocket in the era %s', (era) => {
  let client: Client;

  beforeEach(async () => {
    await start();
    const mode = era === '2026-07-28' ? { pin: era } : ('legacy' as const);
    client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(new WebSocketClientTransport(server.url));
  });

  afterEach(() => client.close());

  it('lists and calls the tools of the registry', async () => {
    const { tools } = await client.listTools();
    const result = await client.callTool({ name: 'echo', arguments: { text: 'hi' } });

    expect(tools.map(({ name }) => name)).toContain('git_status');
    expect(result.structuredContent).toEqual({ text: 'hi' });
  });

  it('tells where the time of a call went to who asks for it in _meta, and to nobody else', async () => {
    const key = 'mcp-git-server/trace';
    const call = { name: 'echo', arguments: { text: 'hi' } };

    const traced = await client.callTool({ ...call, _meta: { [key]: true } });
    const plain = await client.callTool(call);

    const ms = expect.any(Number) as number;
    expect(traced._meta?.[key]).toMatchObject({ total_ms: ms, queue_ms: ms, lock_ms: ms, engine_ms: ms });
    expect(plain._meta?.[key]).toBeUndefined();
  });

  it('is a session like any other', async () => {
    await client.callTool({ name: 'echo', arguments: { text: 'hi' } });

    const [session] = [...server.sessions.all()];

    expect(session?.state.name).toBe('ACTIVE');
    expect(session?.commandCount).toBe(1);
    expect(session?.messageCount).toBeGreaterThan(1);
  });

  it('cancels what the client gives up', async () => {
    const giveUp = new AbortController();
    const call = client.callTool({ name: 'wait', arguments: { ms: 60_000 } }, { signal: giveUp.signal });
    const failed = call.catch((error: unknown) => error);
    await expect.poll(() => wait.started).toBe(1);

    giveUp.abort();

    expect(await failed).toBeInstanceOf(Error);
    await expect.poll(() => wait.aborted).toBe(1);
    await expect.poll(() => server.sessions.runningOperations).toBe(0);
  });
});

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 'i',
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

describe('A socket of the subprotocol mcp', () => {
  let socket: WebSocket;

  async function open(settings: Settings = {}, logger?: LoggerService): Promise<void> {
    await start(settings, logger);
    socket = new WebSocket(server.url, 'mcp');
    await once(socket, 'open');
  }

  async function answerTo(frame: unknown): Promise<{ id: unknown; error: { code: number; data: unknown } }> {
    socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    const [data] = (await once(socket, 'message')) as [Buffer];
    return JSON.parse(data.toString()) as { id: unknown; error: { code: number; data: unknown } };
  }

  afterEach(async () => {
    if (socket.readyState === WebSocket.CLOSED) return;
    socket.close();
    await once(socket, 'close');
  });

  it.each([
    ['text that is not JSON', '{"jsonrpc":', null, -32700],
    ['a frame of the envelope', { type: 'ping', id: 'x' }, 'x', -32600],
    ['a batch', [{ jsonrpc: '2.0', id: 1, method: 'ping' }], null, -32600],
  ])('answers %s in JSON-RPC', async (_, frame, id, code) => {
    await open();

    expect(await answerTo(frame)).toMatchObject({ jsonrpc: '2.0', id, error: { code } });
  });

  it.each([
    ['resources/list', {}],
    [
      'completion/complete',
      {
        ref: { type: 'ref/prompt', name: 'commit_message' },
        argument: { name: 'repo_path', value: '' },
      },
    ],
  ])('takes %s that the client gives up for no fault of its own', async (method, params) => {
    await open({ git: { roots: [join(import.meta.dirname, '..')] } });
    await answerTo(INITIALIZE);

    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    const reason = 'seen enough';
    const cancelled = { method: 'notifications/cancelled', params: { requestId: 1, reason } };
    socket.send(JSON.stringify({ jsonrpc: '2.0', ...cancelled }));

    const { app } = server;
    await expect
      .poll(() =>
        app
          .get(ErrorAnalyzer)
          .summary()
          .map(({ code }) => code),
      )
      .toEqual(['operation_cancelled']);
  });

  it('turns away at the door what comes in one read beyond the limit of a connection', async () => {
    const logger = new RecordingLogger();
    await open({ gateway: { maxConcurrentRequests: 2 } }, logger);
    await answerTo(INITIALIZE);
    const answers: { id: number; result: { isError?: boolean } }[] = [];
    socket.on('message', (data: Buffer) => answers.push(JSON.parse(data.toString()) as (typeof answers)[0]));

    for (const id of [1, 2, 3, 4, 5]) {
      const params = { name: 'wait', arguments: { ms: 50 } };
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }));
    }

    await expect.poll(() => answers.length).toBe(5);
    const refused = answers.filter(({ result }) => result.isError === true);
    expect(refused.map(({ id }) => id)).toEqual([3, 4, 5]);
    expect(logger.lines.map(({ message }) => message)).not.toContain('Tool call failed');
  });

  it('ends after too many frames that mean nothing', async () => {
    await open({ validation: { maxConsecutiveFailures: 2 } });
    const closed = once(socket, 'close');

    socket.send('x');
    socket.send('y');

    expect((await closed)[0]).toBe(4400);
  });

  it('obeys the rate limit, with the id of the request', async () => {
    await open({ resilience: { rateLimit: { enabled: true, framesPerSecond: 1, burst: 1 } } } as Settings);
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));

    const answer = await answerTo({ jsonrpc: '2.0', id: 7, method: 'ping' });

    expect(answer).toMatchObject({ id: 7, error: { code: -32012, data: { code: 'rate_limit_exceeded' } } });
  });
});

describe('A socket without a subprotocol', () => {
  it('speaks both dialects, in one session', async () => {
    await start();
    const client = await TestClient.connect(server.url);
    client.send(INITIALIZE);
    const initialized = await client.answer('i');
    client.send({
      jsonrpc: '2.0',
      id: 'c',
      method: 'tools/call',
      params: { name: 'echo', arguments: { text: 'a' } },
    });
    const called = await client.answer('c');
    const envelope = await client.request('session/get');

    expect(initialized['result'].protocolVersion).toBe('2025-11-25');
    expect(called['result'].structuredContent).toEqual({ text: 'a' });
    expect(envelope['result'].metrics).toMatchObject({ command_count: 1, message_count: 3 });
    await client.close();
  });

  it('refuses tool calls of MCP while the session is paused', async () => {
    await start();
    const client = await TestClient.connect(server.url);
    await client.request('ping');
    await client.request('session/pause');

    client.send({
      jsonrpc: '2.0',
      id: 'c',
      method: 'tools/call',
      params: { name: 'echo', arguments: { text: 'a' } },
    });
    const { result } = await client.answer('c');

    expect(result.isError).toBe(true);
    expect(result._meta['mcp-git-server/error'].code).toBe('forbidden');
    await client.close();
  });

  it('serves no MCP before the session is authenticated', async () => {
    await start({ auth: { mode: 'token', tokens: [] } });
    const client = await TestClient.connect(server.url);

    client.send({ jsonrpc: '2.0', id: 'c', method: 'tools/list' });

    expect((await client.answer('c'))['error']).toMatchObject({ code: -32031, data: { code: 'forbidden' } });
    await client.close();
  });
});
