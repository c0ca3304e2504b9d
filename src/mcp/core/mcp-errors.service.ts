import { type ProtocolError } from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';

import { ErrorAnalyzer } from '../../resilience/error-analyzer.service.js';
import { toServerError } from '../../resilience/error-report.js';
import { type ServerError } from '../../shared/errors/index.js';
import { protocolError } from './call-result.js';
import { type McpPeer, ownerOf } from './mcp-peer.js';

/** Counts what fails for MCP peers and makes it fit to be told to them. */
@Injectable()
export class McpErrors {
  constructor(private readonly analyzer: ErrorAnalyzer) {}

  /** @param thrown anything; what is not a ServerError becomes `internal_error` without its text */
  report(thrown: unknown, peer: McpPeer): ServerError {
    const error = toServerError(thrown, { sessionId: ownerOf(peer) });
    if (peer.session !== undefined) peer.session.errorCount += 1;
    this.analyzer.record(error.code, { component: 'mcp', sessionId: ownerOf(peer) });
    return error;
  }

  /** As `report`, as the JSON-RPC error that answers a request other than a tool call. */
  protocol(thrown: unknown, peer: McpPeer): ProtocolError {
    return protocolError(this.report(thrown, peer));
  }
}
