import {
  type JSONRPCMessage,
  type JSONRPCRequest,
  type Server,
  type Transport,
} from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

import { errorBody } from '../../resilience/error-report.js';
import { type QueuedCall } from '../../resilience/queued-call.js';
import { ERROR_TABLE, type ServerError } from '../../shared/errors/index.js';
import { type McpConfig } from '../../config/sections/index.js';
import { type CallDoor, type Caller } from '../core/call-door.service.js';
import { CANCELLED_BY_CLIENT } from '../core/cancelled-requests.js';
import { type Era } from '../core/incoming-call.js';
import { isNotification, isRequest } from '../core/message-kinds.js';
import { type McpErrors } from '../core/mcp-errors.service.js';
import { operationKey } from '../core/operations.service.js';
import { type McpServerFactory } from '../core/mcp-server.factory.js';
import { type ResourceCatalog } from '../resources/resource.js';
import { readerOf, type McpPeer } from '../core/mcp-peer.js';
import { ResourceWatches } from '../core/resource-watches.js';
import { ListenedResources, listenedUris } from './listened-resources.js';

/** What every channel shares. */
export interface ChannelParts {
  readonly factory: McpServerFactory;
  readonly catalog: ResourceCatalog;
  readonly errors: McpErrors;
  readonly config: McpConfig;
  readonly door: CallDoor;
  readonly onerror: (error: Error) => void;
}

type Receive = (message: JSONRPCMessage) => void;

/**
 * MCP over one long-lived connection. The SDK decides by the first message which era is spoken and keeps to it; this
 * class only sees to it that resources are watched that a client of the 2026-07-28 era listens for.
 */
export class McpChannel {
  private readonly listened: ListenedResources;
  private readonly deliver: Receive;
  private readonly connection: { close(): Promise<void> };
  /** Of this connection: its session may go on over another one. */
  private readonly waiting = new Set<QueuedCall>();
  private server: Server | undefined;
  /** Absent until the first message has been read. */
  private era: Era | undefined;

  constructor(
    private readonly peer: McpPeer,
    private readonly transport: Transport,
    private readonly parts: ChannelParts,
  ) {
    const { catalog, config, factory, onerror } = parts;
    const changed = (uri: string) => {
      // Whoever is gone needs no news.
      this.server?.sendResourceUpdated({ uri }).catch(() => {});
    };
    this.listened = new ListenedResources(new ResourceWatches(catalog, config.maxSubscriptions, changed));
    const make = ({ era }: { readonly era: Era }) => {
      this.era = era;
      return (this.server = factory.create(peer));
    };
    this.connection = serveStdio(make, { transport, maxSubscriptions: config.maxSubscriptions, onerror });
    // The SDK has set its own receiver; what the transport reads comes here first.
    this.deliver = transport.onmessage as Receive;
    transport.onmessage = (message: JSONRPCMessage) => this.receive(message);
  }

  /** As `CallDoor.take`. Ask before `receive`, of whatever came; what waits is for `caller` to hand in when it may. */
  take(message: unknown, caller: Caller): ReturnType<CallDoor['take']> {
    if (this.era === undefined) return undefined;
    let queued: QueuedCall | undefined;
    const waitsNoLonger = () => queued !== undefined && this.waiting.delete(queued);
    const taken = this.parts.door.take(message, this.peer, this.era, {
      serve: () => {
        waitsNoLonger();
        return caller.serve();
      },
      refuse: (text) => caller.refuse(text),
      answer: (text) => {
        waitsNoLonger();
        caller.answer(text);
      },
    });
    if (taken !== undefined && taken !== 'refused') this.waiting.add((queued = taken));
    return taken;
  }

  receive(message: JSONRPCMessage): void {
    if (isRequest(message)) {
      const uris = listenedUris(message);
      if (uris !== undefined && uris.length > 0) return void this.listen(message, uris);
    } else if (isNotification(message) && message.method === 'notifications/cancelled') {
      const { requestId } = (message.params ?? {}) as { requestId?: string | number };
      if (requestId !== undefined) this.cancel(requestId);
    }
    this.deliver(message);
  }

  async close(): Promise<void> {
    for (const queued of this.waiting) queued.abort(CANCELLED_BY_CLIENT);
    this.listened.close();
    await this.connection.close();
  }

  private cancel(requestId: string | number): void {
    this.listened.end(requestId);
    // The SDK knows nothing of a call that waits; of any other this is what it says itself.
    this.peer.session?.cancel(operationKey(requestId), CANCELLED_BY_CLIENT);
  }

  private async listen(message: JSONRPCRequest, uris: readonly string[]): Promise<void> {
    try {
      const reader = readerOf(this.peer, String(message.id));
      // The SDK has seen its end already, and would hold it for as long as the connection.
      if (await this.listened.begin(message.id, uris, reader)) this.deliver(message);
    } catch (thrown) {
      await this.refuse(message, this.parts.errors.report(thrown, this.peer));
    }
  }

  private async refuse({ id }: JSONRPCRequest, error: ServerError): Promise<void> {
    const { jsonRpcCode: code } = ERROR_TABLE[error.code];
    const body = { code, message: error.message, data: errorBody(error) };
    await this.transport.send({ jsonrpc: '2.0', id, error: body });
  }
}
