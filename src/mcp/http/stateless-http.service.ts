import { type ServerResponse } from 'node:http';

import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';

import { HttpAuthentication } from '../../auth/http-authentication.service.js';
import { McpConfig } from '../../config/sections/index.js';
import { ListChanges } from '../core/list-changes.service.js';
import { McpServerFactory } from '../core/mcp-server.factory.js';
import { type McpRequest } from './mcp-request.js';

/** The 2026-07-28 era over HTTP: each request is served by a server object of its own and leaves nothing behind. */
@Injectable()
export class StatelessHttp implements BeforeApplicationShutdown {
  private readonly logger = new Logger('McpHttp');
  private readonly handler;
  private readonly node;

  constructor(
    factory: McpServerFactory,
    authentication: HttpAuthentication,
    config: McpConfig,
    changes: ListChanges,
  ) {
    const onerror = (error: Error) => this.logger.debug('MCP request refused', { reason: error.message });
    this.handler = createMcpHandler(
      ({ authInfo }) => factory.create({ door: 'mcp-http', principal: authentication.principalOf(authInfo) }),
      { legacy: 'reject', maxRequestBodySize: config.maxBodyBytes, onerror },
    );
    changes.listen(this.handler.notify);
    this.node = toNodeHandler(this.handler, { maxRequestBodySize: config.maxBodyBytes, onerror });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.handler.close();
  }

  serve(request: McpRequest, response: ServerResponse, body: unknown): Promise<void> {
    return this.node(request as NodeIncomingMessageLike, response, body);
  }
}
