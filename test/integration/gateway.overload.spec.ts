import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { EchoTool, WaitTool } from '../support/probe.tools.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
let wait: WaitTool;
let busy: TestClient;
let client: TestClient;

/** One dialect's way to call a tool, and what an answer says went wrong. */
interface Dialect {
  readonly call: (name: string, args: object) => Promise<Frame>;
  readonly errorOf: (answer: Frame) => Record<string, unknown> | undefined;
}

const envelope: Dialect = {
  call: (name, args) => client.request('tools/call', { params: { name, arguments: args } }),
  errorOf: (answer) => answer['error'] as Record<string, unknown> | undefined,
};

const mcp: Dialect = {
  call: async (name, args) => {
    client.send({ jsonrpc: '2.0', id: 'c', method: 'tools/call', params: { name, arguments: args } });
    return client.answer('c');
  },
  errorOf: ({ result }) => result._meta?.['mcp-git-server/error'] as Record<string, unknown> | undefined,
};

async function initializeMcp(): Promise<void> {
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  client.send({ jsonrpc: '2.0', id: 'i', method: 'initialize', params });
  await client.answer('i');
}

/** Takes the one place to run and the one to wait, until the session ends. */
async function takeAllPlaces(): Promise<void> {
  for (const id of ['one', 'two'])
    busy.send({ type: 'tools/call', id, params: { name: 'wait', arguments: { ms: 60_000 } } });
  await busy.request('ping');
  await expect.poll(() => wait.started).toBe(1);
}

beforeEach(async () => {
  wait = new WaitTool();
  const resilience = { maxConcurrentOperations: 1, maxQueuedOperations: 1 };
  server = await TestServer.start({ settings: { resilience }, tools: [new EchoTool(), wait] });
  busy = await TestClient.connect(server.url);
  client = await TestClient.connect(server.url);
  await initializeMcp();
});

afterEach(async () => {
  await Promise.all([busy.close(), client.close()]);
  await server.stop();
});

describe.each([
  ['the envelope', envelope],
  ['MCP', mcp],
])('A call by %s of a server in which too many wait', (_, { call, errorOf }) => {
  it('is turned away before its arguments are looked at', async () => {
    const wrong = { text: 1 };
    const early = await call('echo', wrong);
    await takeAllPlaces();

    const refused = await call('echo', wrong);

    expect(errorOf(early)).toMatchObject({ code: 'validation_failed' });
    expect(errorOf(refused)).toMatchObject({
      code: 'temporary_resource_unavailable',
      recoverable: true,
      retry_after_ms: expect.any(Number) as number,
      details: { reason: 'queue-full' },
    });
  });

  it('is served when there is room again', async () => {
    await takeAllPlaces();
    await call('echo', { text: 'a' });
    await busy.close();
    await expect.poll(() => server.sessions.runningOperations).toBe(0);

    const served = await call('echo', { text: 'a' });

    expect(served['result']).toMatchObject({ structuredContent: { text: 'a' } });
  });

  it('hears of a tool that does not exist', async () => {
    await takeAllPlaces();

    const answer = await call('ecko', {});

    expect(JSON.stringify(answer)).toContain('did you mean echo?');
  });

  it('counts as an error of its session, and in the metrics', async () => {
    await takeAllPlaces();
    await call('echo', { text: 'a' });

    const { result } = await client.request('session/get');

    expect(result.metrics).toMatchObject({ error_count: 1 });
    expect(await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text()).toMatch(
      /mcp_git_tool_calls_total\{door="[a-z-]+",outcome="temporary_resource_unavailable"\} 1/,
    );
  });
});
