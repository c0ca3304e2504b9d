import { type JSONRPCRequest, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';

import { ToolRegistry } from '../../tools/tool.registry.js';
import { type McpRequest } from './mcp-request.js';

/** Methods that only look something up. */
const LOOKING_UP: ReadonlySet<string> = new Set([
  'ping',
  'tools/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'prompts/list',
  'prompts/get',
  'completion/complete',
]);

/**
 * Which requests are answered in one piece: those that read and asked for no progress. The answer to any other one may be
 * long in coming, is preceded by events, and must not be lost with a connection, since asking again would do
 * something again.
 */
@Injectable()
export class OnePieceRequests {
  constructor(private readonly tools: ToolRegistry) {}

  /** @returns the request; `undefined` for what the SDK's transport is to serve, or to refuse in its words */
  of(request: McpRequest, body: unknown): JSONRPCRequest | undefined {
    if (!this.takes(request)) return undefined;
    if (!isBareRequest(body)) return undefined;
    if (body.method === 'tools/call') return this.reads(body) ? body : undefined;
    return LOOKING_UP.has(body.method) ? body : undefined;
  }

  /** Whether the client is one that the SDK's transport would answer as well. */
  takes({ headers }: McpRequest): boolean {
    return acceptsBoth(headers.accept) && isSupported(headers['mcp-protocol-version']);
  }

  private reads({ params }: JSONRPCRequest): boolean {
    return this.tools.readsRepository(String(params?.['name']));
  }
}

/** Without `_meta`, so without a token for progress. The SDK looks at everything again before it is served. */
function isBareRequest(body: unknown): body is JSONRPCRequest {
  if (typeof body !== 'object' || body === null) return false;
  const { jsonrpc, id, method, params, ...more } = body as Partial<JSONRPCRequest>;
  const isNamed = typeof id === 'string' || Number.isSafeInteger(id);
  return (
    jsonrpc === '2.0' &&
    isNamed &&
    typeof method === 'string' &&
    isBare(params) &&
    Object.keys(more).length === 0
  );
}

function isBare(params: unknown): boolean {
  if (params === undefined) return true;
  return typeof params === 'object' && params !== null && !Array.isArray(params) && !('_meta' in params);
}

/** As the protocol asks of every client, also of one that is never sent a stream. */
function acceptsBoth(accept = ''): boolean {
  return accept.includes('application/json') && accept.includes('text/event-stream');
}

function isSupported(version: string | string[] | undefined): boolean {
  return version === undefined || SUPPORTED_PROTOCOL_VERSIONS.includes(String(version));
}
