import {
  type CallToolResult,
  type InputRequiredResult,
  type Server,
  type ServerContext,
  type Tool,
} from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { ToolRegistry } from '../../tools/tool.registry.js';
import { type McpFeature } from '../core/mcp-feature.js';
import { type McpPeer } from '../core/mcp-peer.js';
import { type ExtensionTool, MCP_EXTENSIONS, type McpExtension } from '../core/mcp.extension.js';
import { pageOf } from '../core/page.js';
import { ToolCalls } from './tool-calls.service.js';

/** `tools/list` and `tools/call`. */
@Injectable()
export class ToolsFeature implements McpFeature {
  private readonly extensions: ReadonlyMap<string, ExtensionTool>;

  constructor(
    private readonly registry: ToolRegistry,
    private readonly calls: ToolCalls,
    private readonly config: McpConfig,
    @Inject(MCP_EXTENSIONS) extensions: readonly McpExtension[],
  ) {
    const tools = extensions.flatMap((extension) => extension.tools ?? []);
    this.extensions = new Map(tools.map((tool) => [tool.definition.name, tool]));
  }

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
    const extension = this.extensions.get(name);
    if (extension !== undefined) return extension.call(args ?? {}, context);
    return this.calls.serve({ server, peer, tool: name, args: args ?? {}, context });
  }

  private visibleTo({ principal }: McpPeer): readonly Tool[] {
    const own = this.registry.descriptors(principal) as readonly object[] as readonly Tool[];
    if (this.extensions.size === 0) return own;
    return [...[...this.extensions.values()].map(({ definition }) => definition), ...own];
  }
}
