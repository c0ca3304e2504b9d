import { type ServerResponse } from 'node:http';

import { isJSONRPCRequest, type JSONRPCRequest } from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { listenedUris } from '../channel/listened-resources.js';
import { McpErrors } from '../core/mcp-errors.service.js';
import { type McpPeer, readerOf } from '../core/mcp-peer.js';
import { ResourceWatches } from '../core/resource-watches.js';
import { RESOURCE_CATALOG, type ResourceCatalog } from '../resources/resource.js';
import { refusalOf, refuse } from './http-answer.js';

type Publish = (uri: string) => void;

/**
 * What `subscriptions/listen` requests over HTTP ask to hear of. The SDK holds the streams and passes news on to those
 * whose filter names the URI; here the resources are watched, for as long as the stream of the request is open.
 */
@Injectable()
export class HttpListens {
  private readonly changed = new Set<string>();
  private readonly streams = new Set<ServerResponse>();

  constructor(
    @Inject(RESOURCE_CATALOG) private readonly catalog: ResourceCatalog,
    private readonly config: McpConfig,
    private readonly errors: McpErrors,
  ) {}

  /** How many streams are open. */
  get open(): number {
    return this.streams.size;
  }

  /**
   * Watches what the message listens for, if it does.
   *
   * @param publish tells all open streams of a change
   * @returns false where that is refused; then the response has been answered
   */
  async begin(message: unknown, peer: McpPeer, response: ServerResponse, publish: Publish): Promise<boolean> {
    const uris = isJSONRPCRequest(message) ? listenedUris(message) : undefined;
    if (uris === undefined) return true;
    // Gone already, which it says no more: nobody would end what was begun for it.
    if (response.destroyed) return false;
    this.streams.add(response);
    response.once('close', () => this.streams.delete(response));
    if (uris.length === 0) return true;
    const { id } = message as JSONRPCRequest;
    const watches = new ResourceWatches(this.catalog, this.config.maxSubscriptions, (uri) =>
      this.tell(uri, publish),
    );
    response.once('close', () => watches.close());
    try {
      // Each request has watches of its own, so that each caller is asked for what it may read.
      for (const uri of uris) await watches.add(uri, readerOf(peer, String(id)));
      return true;
    } catch (thrown) {
      watches.close();
      refuse(response, refusalOf(this.errors.report(thrown, peer)), id);
      return false;
    }
  }

  // All who watch one resource hear of its change at once, and each publication reaches all of their streams.
  private tell(uri: string, publish: Publish): void {
    if (this.changed.size === 0) setImmediate(() => this.publishAll(publish));
    this.changed.add(uri);
  }

  private publishAll(publish: Publish): void {
    const uris = [...this.changed];
    this.changed.clear();
    for (const uri of uris) publish(uri);
  }
}
