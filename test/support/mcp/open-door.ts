import { PassThrough } from 'node:stream';

import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

import { StdioDoor } from '../../../src/mcp/stdio/stdio.door.js';
import { type TestServer } from '../test-server.js';
import { type Door, type Era } from './doors.js';
import { WebSocketClientTransport } from './websocket-client.transport.js';

/** A client of a server in this process. */
export interface OpenDoor {
  readonly client: Client;
  /** Ends the client, and what the door needs besides. */
  close(): Promise<void>;
}

interface Way {
  readonly transport: Transport;
  readonly close?: () => Promise<void>;
}

const WAYS: Readonly<Record<Door, (server: TestServer) => Way>> = {
  http: ({ port }) => ({
    transport: new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`)),
  }),
  stdio({ app }) {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const served = app.get(StdioDoor).serve(input, output);
    const close = () => {
      input.end();
      return served;
    };
    // The same lines go both ways, so the other end of a server is one as well.
    return { transport: new StdioServerTransport(output, input), close };
  },
  websocket: ({ url }) => ({ transport: new WebSocketClientTransport(url) }),
};

export async function openDoor(server: TestServer, door: Door, era: Era): Promise<OpenDoor> {
  const mode = era === '2025-11-25' ? ('legacy' as const) : { pin: era };
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  const way = WAYS[door](server);
  await client.connect(way.transport);
  return {
    client,
    async close() {
      await client.close();
      await way.close?.();
    },
  };
}
