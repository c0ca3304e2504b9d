import { type ServerResponse } from 'node:http';

import {
  isJSONRPCNotification,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type RequestId,
  type Server,
} from '@modelcontextprotocol/server';

import { type SessionConnection } from '../../sessions/session-connection.js';
import { type Session } from '../../sessions/session.js';
import { type Principal } from '../../shared/principal.js';
import { CANCELLED_BY_CLIENT } from '../core/cancelled-requests.js';
import { type McpPeer } from '../core/mcp-peer.js';
import { operationKey } from '../core/operations.service.js';
import { type McpRequest } from './mcp-request.js';
import { RecentEvents } from './recent-events.js';
import { SessionTransport } from './session.transport.js';

/** When a client whose stream has ended may come back for the rest. */
const RETRY_MS = 500;

/**
 * A session of the 2025-11-25 era: one server object, one transport, any number of requests and streams. To the module
 * of sessions it is a connection that cannot be asked for signs of life and that carries nothing but MCP.
 */
export class HttpSession implements SessionConnection {
  readonly answersPings = false;
  session: Session;
  private readonly transport: SessionTransport;
  private openStreams = 0;
  private ended = false;

  /** @param gone called once, when the session is over, whoever ended it */
  constructor(
    public principal: Principal,
    private readonly gone: (session: HttpSession) => void,
  ) {
    this.transport = new SessionTransport({
      sessionIdGenerator: () => this.session.id,
      eventStore: new RecentEvents(),
      retryInterval: RETRY_MS,
    });
  }

  /** Whose calls are those of the principal that the latest request has shown. */
  get peer(): McpPeer {
    const principal = () => this.principal;
    return {
      door: 'mcp-http',
      session: this.session,
      get principal() {
        return principal();
      },
    };
  }

  get isOpen(): boolean {
    return !this.ended;
  }

  /** Whether somebody listens or waits for an answer. */
  get inUse(): boolean {
    return this.openStreams > 0;
  }

  async connect(server: Server): Promise<void> {
    const { onclose } = server;
    server.onclose = () => {
      onclose?.();
      this.end();
    };
    await server.connect(this.transport);
    const { onmessage } = this.transport;
    this.transport.onmessage = (message, extra) => {
      onmessage?.(message, extra);
      const id = cancelledBy(message);
      if (id !== undefined) this.endCancelled(id);
    };
  }

  /** Serves one HTTP request; `used` is called when its response has ended, which for a stream may be much later. */
  async serve(request: McpRequest, response: ServerResponse, body: unknown, used: () => void): Promise<void> {
    this.count(response, used);
    await this.transport.handleRequest(request, response, body);
  }

  /** The same for a request that is answered in one piece. @returns false where it is not served */
  serveInOnePiece(
    message: JSONRPCRequest,
    { auth }: McpRequest,
    response: ServerResponse,
    used: () => void,
  ): boolean {
    if (!this.transport.serveInOnePiece(message, response, auth)) return false;
    this.count(response, used);
    return true;
  }

  /** What waits at the door is not known to the SDK's transport, and what that serves is ended by it already. */
  private endCancelled(id: RequestId): void {
    this.session.cancel(operationKey(id), CANCELLED_BY_CLIENT);
    void this.transport.endCancelled(id);
  }

  private count(response: ServerResponse, used: () => void): void {
    this.openStreams += 1;
    response.once('close', () => {
      this.openStreams -= 1;
      used();
    });
  }

  close(): void {
    void this.transport.close().finally(() => this.end());
  }

  terminate(): void {
    this.close();
  }

  /** Never called: see `answersPings`. */
  ping(): void {}

  /** Frames of the envelope dialect have no meaning here. */
  sendText(): void {}

  sendBytes(): void {}

  offerText(): void {}

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.gone(this);
  }
}

function cancelledBy(message: JSONRPCMessage): RequestId | undefined {
  // The method first: to look at the whole message costs every request something.
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined;
  if (!isJSONRPCNotification(message)) return undefined;
  const id = message.params?.['requestId'];
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}
