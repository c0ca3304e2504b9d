import { fileURLToPath } from 'node:url';

import {
  Client,
  type ClientOptions,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

import { type ServerProcess } from '../server-process.js';
import { WebSocketClientTransport } from './websocket-client.transport.js';

const CLI = fileURLToPath(new URL('../../../dist/bundle/cli.js', import.meta.url));

export const DOORS = ['http', 'stdio', 'websocket'] as const;
export type Door = (typeof DOORS)[number];

export const ERAS = ['2025-11-25', '2026-07-28'] as const;
export type Era = (typeof ERAS)[number];

/** Every way in: each door in both eras. */
export const WAYS_IN = DOORS.flatMap((door) => ERAS.map((era) => ({ door, era })));

export interface WayIn {
  readonly door: Door;
  readonly era: Era;
  /** Serves HTTP and WebSocket; over stdio the client starts a server of its own. */
  readonly server: ServerProcess;
  /** `git.roots` of the server that is started over stdio. */
  readonly root: string;
  /** Environment of that server. */
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: ClientOptions;
}

export interface Connected {
  readonly client: Client;
  /** The process that serves this client. */
  readonly pid: number;
}

/** Connects the SDK's v2 client; close the client. */
export async function connect({ door, era, server, root, env, options }: WayIn): Promise<Connected> {
  const mode = era === '2025-11-25' ? ('legacy' as const) : { pin: era };
  const client = new Client({ name: 'test', version: '1' }, { ...options, versionNegotiation: { mode } });
  if (door !== 'stdio') {
    await client.connect(transportTo(door, server));
    return { client, pid: server.pid };
  }
  const transport = stdioTransport(root, env);
  await client.connect(transport);
  if (transport.pid === null) throw new Error('the server over stdio has no process');
  return { client, pid: transport.pid };
}

/** How a desktop client starts the server: `node`, and these words. */
export function stdioCommand(root: string): { command: string; args: string[] } {
  return { command: process.execPath, args: [CLI, 'stdio', '--repository', root, '--set', 'log.level=warn'] };
}

function stdioTransport(root: string, env: Readonly<Record<string, string>> = {}): StdioClientTransport {
  return new StdioClientTransport({ ...stdioCommand(root), env: { ...env }, stderr: 'inherit' });
}

function transportTo(door: 'http' | 'websocket', { url, webSocketUrl }: ServerProcess): Transport {
  return door === 'http'
    ? new StreamableHTTPClientTransport(new URL('/mcp', url))
    : new WebSocketClientTransport(webSocketUrl);
}
