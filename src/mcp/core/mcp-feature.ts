import { type Server } from '@modelcontextprotocol/server';

import { type McpPeer } from './mcp-peer.js';

/** A group of MCP methods. One object for all servers; what belongs to one peer comes with the peer. */
export interface McpFeature {
  /** Sets the handlers of its methods. Called once for each server object, so it must be cheap. */
  install(server: Server, peer: McpPeer): void;
}
