import { type Server } from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { McpErrors } from '../core/mcp-errors.service.js';
import { type McpFeature } from '../core/mcp-feature.js';
import { type McpPeer, readerOf } from '../core/mcp-peer.js';
import { ResourceWatches } from '../core/resource-watches.js';
import { RESOURCE_CATALOG, type ResourceCatalog } from '../resources/resource.js';

/**
 * `resources/subscribe` and `resources/unsubscribe` of the 2025-11-25 era, for peers with a session. In the era after it
 * the SDK serves `subscriptions/listen`, and the doors watch what its filter names.
 */
@Injectable()
export class SubscriptionsFeature implements McpFeature {
  constructor(
    @Inject(RESOURCE_CATALOG) private readonly catalog: ResourceCatalog,
    private readonly errors: McpErrors,
    private readonly config: McpConfig,
  ) {}

  install(server: Server, peer: McpPeer): void {
    if (peer.session === undefined) return;
    // Made with the first subscription: most sessions never have one.
    let watches: ResourceWatches | undefined;
    const { onclose } = server;
    server.onclose = () => {
      onclose?.();
      watches?.close();
    };
    server.setRequestHandler('resources/subscribe', async ({ params: { uri } }, { mcpReq }) => {
      watches ??= new ResourceWatches(this.catalog, this.config.maxSubscriptions, (changed) => {
        // Whoever is gone needs no news.
        server.sendResourceUpdated({ uri: changed }).catch(() => {});
      });
      try {
        await watches.add(uri, readerOf(peer, String(mcpReq.id)));
      } catch (thrown) {
        throw this.errors.protocol(thrown, peer);
      }
      return {};
    });
    server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
      watches?.remove(uri);
      return {};
    });
  }
}
