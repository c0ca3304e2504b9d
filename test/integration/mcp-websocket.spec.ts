import { Client } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { WebSocketClientTransport } from '../support/mcp/websocket-client.transport.js';
import { EchoTool, FailTool, RepeatTool, WaitTool } from '../support/probe.tools.js';
import { type Settings, TestServer } from '../support/test-server.js';

let server: TestServer;
let wait: WaitTool;

async function start(settings: Settings = {}): Promise<void> {
  wait = new WaitTool();
  server = await TestServer.start({
    settings,
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
