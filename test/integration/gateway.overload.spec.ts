import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { FullServer } from '../support/full-server.js';
import { EchoTool } from '../support/probe.tools.js';
import { type Frame, TestClient } from '../support/test-client.js';

let full: FullServer;
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

beforeEach(async () => {
  full = await FullServer.start([new EchoTool()]);
  client = await TestClient.connect(full.server.url);
  await initializeMcp();
});

afterEach(async () => {
  await client.close();
  await full.stop();
});

describe.each([
  ['the envelope', envelope],
  ['MCP', mcp],
])('A call by %s of a server in which too many wait', (_, { call, errorOf }) => {
  it('is turned away before its arguments are looked at', async () => {
    const wrong = { text: 1 };
    const early = await call('echo', wrong);
    await full.takeAllPlaces();

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
    await full.takeAllPlaces();
    await call('echo', { text: 'a' });
    await full.giveThemBack();

    const served = await call('echo', { text: 'a' });

    expect(served['result']).toMatchObject({ structuredContent: { text: 'a' } });
  });

  it('hears of a tool that does not exist', async () => {
    await full.takeAllPlaces();

    const answer = await call('ecko', {});

    expect(JSON.stringify(answer)).toContain('did you mean echo?');
  });

  it('counts as an error of its session, and in the metrics', async () => {
    await full.takeAllPlaces();
    await call('echo', { text: 'a' });

    const { result } = await client.request('session/get');

    expect(result.metrics).toMatchObject({ error_count: 1 });
    expect(await full.metrics()).toMatch(
      /mcp_git_tool_calls_total\{door="[a-z-]+",outcome="temporary_resource_unavailable"\} 1/,
    );
  });
});
