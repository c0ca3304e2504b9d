import { type Transport } from '@modelcontextprotocol/server';
import { Inject, Injectable, Logger } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { CallAdmission } from '../../tools/call.admission.js';
import { McpErrors } from '../core/mcp-errors.service.js';
import { type McpPeer } from '../core/mcp-peer.js';
import { McpServerFactory } from '../core/mcp-server.factory.js';
import { RESOURCE_CATALOG, type ResourceCatalog } from '../resources/resource.js';
import { type ChannelParts, McpChannel } from './mcp.channel.js';
import { RefusedCalls } from './refused-calls.js';

/** Opens MCP on connections that stay: WebSockets, standard input and output. */
@Injectable()
export class McpChannels {
  private readonly logger = new Logger('McpChannel');
  private readonly parts: ChannelParts;
  private readonly refused: RefusedCalls;

  constructor(
    factory: McpServerFactory,
    @Inject(RESOURCE_CATALOG) catalog: ResourceCatalog,
    errors: McpErrors,
    config: McpConfig,
    admission: CallAdmission,
  ) {
    const onerror = ({ message }: Error) => this.logger.debug('MCP message not served', { reason: message });
    this.parts = { factory, catalog, errors, config, onerror };
    this.refused = new RefusedCalls(admission, errors);
  }

  /** As `RefusedCalls.answer`, of a message that comes through a channel. */
  refusalOf(message: unknown, peer: McpPeer): string | undefined {
    return this.refused.answer(message, peer);
  }

  /** @returns what whoever owns the connection closes with it */
  open(peer: McpPeer, transport: Transport): McpChannel {
    return new McpChannel(peer, transport, this.parts);
  }
}
