import {
  type ReadResourceResult,
  ResourceNotFoundError,
  type Resource,
  type ResourceTemplateType,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { cancelledWith } from '../core/cancelled-requests.js';
import { McpErrors } from '../core/mcp-errors.service.js';
import { type McpFeature } from '../core/mcp-feature.js';
import { type McpPeer, readerOf } from '../core/mcp-peer.js';
import { McpExtensions } from '../core/mcp.extension.js';
import { McpOperations } from '../core/operations.service.js';
import { pageOf } from '../core/page.js';
import { RESOURCE_CATALOG, type ResourceCatalog } from '../resources/resource.js';

/** `resources/list`, `resources/templates/list` and `resources/read`. */
@Injectable()
export class ResourcesFeature implements McpFeature {
  constructor(
    @Inject(RESOURCE_CATALOG) private readonly catalog: ResourceCatalog,
    private readonly extensions: McpExtensions,
    private readonly operations: McpOperations,
    private readonly errors: McpErrors,
    private readonly config: McpConfig,
  ) {}

  install(server: Server, peer: McpPeer): void {
    const { pageSize } = this.config;
    server.setRequestHandler('resources/list', async ({ params }, context) => {
      const all = [...this.extensions.resources, ...(await this.list(peer, context))];
      const { items, nextCursor } = pageOf('resources', all, params?.cursor, pageSize);
      return { resources: [...items], ...(nextCursor !== undefined && { nextCursor }) };
    });
    server.setRequestHandler('resources/templates/list', ({ params }) => {
      const all: ResourceTemplateType[] = [
        ...this.extensions.resourceTemplates,
        ...this.catalog.templates(peer.principal).map((template) => ({ ...template })),
      ];
      const { items, nextCursor } = pageOf('resource-templates', all, params?.cursor, pageSize);
      return { resourceTemplates: [...items], ...(nextCursor !== undefined && { nextCursor }) };
    });
    server.setRequestHandler('resources/read', ({ params }, context) => this.read(peer, params.uri, context));
  }

  private async list(peer: McpPeer, { mcpReq }: ServerContext): Promise<Resource[]> {
    try {
      const reader = readerOf(peer, String(mcpReq.id));
      const listed = await this.catalog.list(reader, cancelledWith(mcpReq.signal));
      return listed.map((resource) => ({ ...resource }));
    } catch (thrown) {
      throw this.errors.protocol(thrown, peer);
    }
  }

  private async read(peer: McpPeer, uri: string, context: ServerContext): Promise<ReadResourceResult> {
    const extended = await this.extensions.readResource(uri, context);
    if (extended !== undefined) return extended;
    const content = await this.readOwn(peer, uri, context);
    if (content === undefined) throw new ResourceNotFoundError(uri);
    return { contents: [content] };
  }

  private async readOwn(peer: McpPeer, uri: string, { mcpReq }: ServerContext) {
    const { id, signal: client } = mcpReq;
    const reader = readerOf(peer, String(id));
    try {
      return await this.operations.run(peer, { id, client }, (aborted) =>
        this.catalog.read(uri, reader, aborted),
      );
    } catch (thrown) {
      throw this.errors.protocol(thrown, peer);
    }
  }
}
