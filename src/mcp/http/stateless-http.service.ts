import { type ServerResponse } from 'node:http';

import {
  type NodeIncomingMessageLike,
  type toNodeHandler as NodeHandlerOf,
} from '@modelcontextprotocol/node';
import { type AuthInfo, createMcpHandler } from '@modelcontextprotocol/server';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';

import { HttpAuthentication } from '../../auth/http-authentication.service.js';
import { McpConfig } from '../../config/sections/index.js';
import { CallDoor } from '../core/call-door.service.js';
import { CANCELLED_BY_CLIENT } from '../core/cancelled-requests.js';
import { MODERN_VERSION } from '../core/incoming-call.js';
import { ListChanges } from '../core/list-changes.service.js';
import { type McpPeer } from '../core/mcp-peer.js';
import { McpServerFactory } from '../core/mcp-server.factory.js';

import { answered, sendJson } from './http-answer.js';
import { HttpListens } from './http-listens.service.js';
import { type McpRequest } from './mcp-request.js';

/** The 2026-07-28 era over HTTP: each request is served by a server object of its own and leaves nothing behind. */
@Injectable()
export class StatelessHttp implements BeforeApplicationShutdown {
  private readonly logger = new Logger('McpHttp');
  private readonly handler;
  private readonly limits;
  private node: ReturnType<typeof NodeHandlerOf> | undefined;

  constructor(
    factory: McpServerFactory,
    private readonly authentication: HttpAuthentication,
    config: McpConfig,
    changes: ListChanges,
    private readonly listens: HttpListens,
    private readonly door: CallDoor,
  ) {
    const onerror = (error: Error) => this.logger.debug('MCP request refused', { reason: error.message });
    this.limits = { maxRequestBodySize: config.maxBodyBytes, onerror };
    this.handler = createMcpHandler(({ authInfo }) => factory.create(this.peerOf(authInfo)), {
      legacy: 'reject',
      ...this.limits,
    });
    changes.listen(this.handler.notify, () => this.listens.open > 0);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.handler.close();
  }

  async serve(request: McpRequest, response: ServerResponse, body: unknown): Promise<void> {
    const peer = this.peerOf(request.auth);
    const pass = () => this.pass(request, response, body, peer);
    if (!isMirrored(request, body)) return pass();
    const taken = this.door.take(body, peer, 'modern', {
      serve: () => answered(response, pass()),
      refuse: (text) => sendJson(response, 200, text),
      answer: (text) => text !== undefined && !response.destroyed && sendJson(response, 200, text),
    });
    if (taken === undefined) return pass();
    // In this era a request that is closed is one that is cancelled.
    if (taken !== 'refused') response.once('close', () => taken.abort(CANCELLED_BY_CLIENT));
  }

  private async pass(
    request: McpRequest,
    response: ServerResponse,
    body: unknown,
    peer: McpPeer,
  ): Promise<void> {
    const { resourceUpdated } = this.handler.notify;
    const listens = await this.listens.begin(body, peer, response, resourceUpdated);
    if (!listens) return;
    // Loading it takes a while, and a server on standard input never needs it.
    const { toNodeHandler } = await import('@modelcontextprotocol/node');
    this.node ??= toNodeHandler(this.handler, this.limits);
    await this.node(request as NodeIncomingMessageLike, response, body);
  }

  private peerOf(authInfo: AuthInfo | undefined): McpPeer {
    return { door: 'mcp-http', principal: this.authentication.principalOf(authInfo) };
  }
}

/** Whether the headers say of a tool call what its body says; where not, the SDK tells the client so. */
function isMirrored({ headers }: McpRequest, body: unknown): boolean {
  const { params } = (body ?? {}) as { readonly params?: { readonly name?: unknown } | null };
  return (
    headers['mcp-protocol-version'] === MODERN_VERSION &&
    headers['mcp-method'] === 'tools/call' &&
    headers['mcp-name'] === params?.name
  );
}
