import { type JSONRPCRequest, PROTOCOL_VERSION_META_KEY, type RequestId } from '@modelcontextprotocol/server';

import { type ResourceReader } from '../resources/resource.js';
import { type ResourceWatches } from '../core/resource-watches.js';

/**
 * What a `subscriptions/listen` request asks to hear of. The SDK answers it and passes the news on; which resources have
 * to be watched for it is read here.
 *
 * @returns nothing for any other message
 */
export function listenedUris({ method, params }: JSONRPCRequest): readonly string[] | undefined {
  if (method !== 'subscriptions/listen' || params === undefined) return undefined;
  const meta: unknown = params._meta;
  if (!isRecord(meta) || !Object.hasOwn(meta, PROTOCOL_VERSION_META_KEY)) return undefined;
  const filter: unknown = (params as Record<string, unknown>)['notifications'];
  const uris = isRecord(filter) ? filter['resourceSubscriptions'] : undefined;
  return Array.isArray(uris) ? uris.filter((uri): uri is string => typeof uri === 'string') : [];
}

/** The resources that the listen requests of one connection ask for, each watched once however many ask. */
export class ListenedResources {
  private readonly byRequest = new Map<RequestId, readonly string[]>();

  constructor(private readonly watches: ResourceWatches) {}

  /**
   * @returns false where the request ended while it was set up: then nothing is watched for it, and nobody waits for it
   * @throws ServerError where one of them cannot be watched; then none of this request is
   */
  async begin(id: RequestId, uris: readonly string[], reader: ResourceReader): Promise<boolean> {
    this.byRequest.set(id, uris);
    const isWanted = () => this.byRequest.get(id) === uris;
    try {
      for (const uri of uris) if (isWanted()) await this.watches.add(uri, reader);
      return isWanted();
    } catch (error) {
      if (!isWanted()) return false;
      this.end(id);
      throw error;
    }
  }

  end(id: RequestId): void {
    const uris = this.byRequest.get(id);
    if (uris === undefined) return;
    this.byRequest.delete(id);
    const stillWanted = new Set([...this.byRequest.values()].flat());
    for (const uri of uris) if (!stillWanted.has(uri)) this.watches.remove(uri);
  }

  close(): void {
    this.byRequest.clear();
    this.watches.close();
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
