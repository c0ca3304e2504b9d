import {
  type CallToolResult,
  type InputRequiredResult,
  type Server,
  type ServerContext,
  type Tool,
} from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { ToolRegistry } from '../../tools/tool.registry.js';
import { type McpFeature } from '../core/mcp-feature.js';
import { type McpPeer } from '../core/mcp-peer.js';
import { McpExtensions } from '../core/mcp.extension.js';
import { pageOf } from '../core/page.js';
import { ToolCalls } from './tool-calls.service.js';

/** `tools/list` and `tools/call`. */
@Injectable()
export class ToolsFeature implements McpFeature {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly calls: ToolCalls,
    private readonly config: McpConfig,
    private readonly extensions: McpExtensions,
  ) {}

  install(server: Server, peer: McpPeer): void {
    server.setRequestHandler('tools/list', ({ params }) => {
      const page = pageOf('tools', this.visibleTo(peer), params?.cursor, this.config.pageSize);
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
    return this.calls.serve({ server, peer, tool: name, args: args ?? {}, context });
  }

  private visibleTo({ principal }: McpPeer): readonly Tool[] {
    const own = this.registry.descriptors(principal) as readonly object[] as readonly Tool[];
    if (this.extensions.tools.size === 0) return own;
    return [...[...this.extensions.tools.values()].map(({ definition }) => definition), ...own];
  }
}
