import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { EchoTool, FailTool, WaitTool } from '../support/probe.tools.js';
import { TestServer } from '../support/test-server.js';

describe.each(['2025-11-25', '2026-07-28'])('MCP over HTTP in the era %s', (era) => {
  let server: TestServer;
  let client: Client;

  beforeEach(async () => {
    server = await TestServer.start({ tools: [new EchoTool(), new FailTool(), new WaitTool()] });
    const pinned = era === '2026-07-28' ? { versionNegotiation: { mode: { pin: era } } } : {};
    client = new Client({ name: 'test', version: '1' }, pinned as object);
    await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${server.port}/mcp`)));
  });

  afterEach(async () => {
    await client.close();
    await server.stop();
  });

  it('lists and calls tools', async () => {
    const { tools } = await client.listTools();
    const result = await client.callTool({ name: 'echo', arguments: { text: 'hi' } });

    expect(client.getNegotiatedProtocolVersion()).toBe(era);
    expect(tools.map(({ name }) => name)).toContain('git_status');
    expect(result.structuredContent).toEqual({ text: 'hi' });
  });
});
