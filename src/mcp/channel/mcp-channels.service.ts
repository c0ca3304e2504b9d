import { type Transport } from '@modelcontextprotocol/server';
import { Inject, Injectable, Logger } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { CallDoor } from '../core/call-door.service.js';
import { McpErrors } from '../core/mcp-errors.service.js';
import { type McpPeer } from '../core/mcp-peer.js';
import { McpServerFactory } from '../core/mcp-server.factory.js';
import { RESOURCE_CATALOG, type ResourceCatalog } from '../resources/resource.js';
import { type ChannelParts, McpChannel } from './mcp.channel.js';

/** Opens MCP on connections that stay: WebSockets, standard input and output. */
@Injectable()
export class McpChannels {
  private readonly logger = new Logger('McpChannel');
  private readonly parts: ChannelParts;

  constructor(
    factory: McpServerFactory,
    @Inject(RESOURCE_CATALOG) catalog: ResourceCatalog,
    errors: McpErrors,
    config: McpConfig,
    door: CallDoor,
  ) {
    const onerror = ({ message }: Error) => this.logger.debug('MCP message not served', { reason: message });
    this.parts = { factory, catalog, errors, config, door, onerror };
  }

  /** @returns what whoever owns the connection closes with it */
  open(peer: McpPeer, transport: Transport): McpChannel {
    return new McpChannel(peer, transport, this.parts);
  }
}
