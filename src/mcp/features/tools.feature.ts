import {
  type CallToolResult,
  type InputRequiredResult,
  type Server,
  type ServerContext,
  type Tool,
} from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { ServerError } from '../../shared/errors/index.js';
import { type ToolSelection } from '../../tools/selection/tool-selection.js';
import { ToolRegistry } from '../../tools/tool.registry.js';
import { protocolError } from '../core/call-result.js';
import { type McpFeature } from '../core/mcp-feature.js';
import { type McpPeer } from '../core/mcp-peer.js';
import { McpExtensions } from '../core/mcp.extension.js';
import { pageOf } from '../core/page.js';
import { PeerSelections } from '../core/peer-selections.service.js';
import { ToolCalls } from './tool-calls.service.js';

/** `tools/list` and `tools/call`. */
@Injectable()
export class ToolsFeature implements McpFeature {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly calls: ToolCalls,
    private readonly config: McpConfig,
    private readonly extensions: McpExtensions,
    private readonly selections: PeerSelections,
  ) {}

  install(server: Server, peer: McpPeer): void {
    server.setRequestHandler('tools/list', ({ params }, context) => {
      const all = this.visibleTo(peer, this.selectionOf(peer, server, context));
      const page = pageOf('tools', all, params?.cursor, this.config.pageSize);
      const { items, nextCursor } = page;
      return { tools: [...items], ...(nextCursor !== undefined && { nextCursor }) };
    });
    server.setRequestHandler('tools/call', ({ params }, context) => this.call(server, peer, params, context));
  }

  private call(
    server: Server,
    peer: McpPeer,
    { name, arguments: args }: { name: string; arguments?: Record<string, unknown> | undefined },
    context: ServerContext,
  ): Promise<CallToolResult | InputRequiredResult> {
    const extension = this.extensions.tools.get(name);
    if (extension !== undefined) return extension.call(args ?? {}, context);
    const selection = this.selectionOf(peer, server, context);
    return this.calls.serve({ server, peer, selection, tool: name, args: args ?? {}, context });
  }

  private selectionOf(peer: McpPeer, server: Server, context: ServerContext): ToolSelection {
    try {
      return this.selections.of(peer, server, context);
    } catch (thrown) {
      throw thrown instanceof ServerError ? protocolError(thrown) : thrown;
    }
  }

  private visibleTo({ principal }: McpPeer, selection: ToolSelection): readonly Tool[] {
    const own = this.registry.descriptors(principal, selection) as readonly object[] as readonly Tool[];
    const { tools } = this.extensions;
    return tools.size === 0 ? own : [...[...tools.values()].map(({ definition }) => definition), ...own];
  }
}
