import { Inject, Injectable } from '@nestjs/common';

import { GatewayConfig } from '../../config/sections/index.js';
import { Lifecycle } from '../../observability/lifecycle.service.js';
import { requireRoom } from '../../sessions/require-room.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { ArrivingCalls } from './arriving-calls.service.js';
import { cancelled } from './cancelled-requests.js';
import { type McpPeer } from './mcp-peer.js';

const RETRY_WHEN_DRAINING_MS = 5_000;

type Work<T> = (signal: AbortSignal) => Promise<T>;

/** Registers what MCP peers run, so that everything that counts, drains or cancels operations knows of it. */
@Injectable()
export class McpOperations {
  constructor(
    private readonly sessions: SessionRegistry,
    private readonly lifecycle: Lifecycle,
    private readonly config: GatewayConfig,
    private readonly arriving: ArrivingCalls,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @param id the JSON-RPC id; apart from the ids of the envelope on the same socket
   * @param client aborted where the client cancels
   * @throws ServerError `forbidden` (paused session), `temporary_resource_unavailable` (too many at once),
   *   `duplicate_request_id`, `server_draining`
   */
  async run<T>({ session }: McpPeer, id: string | number, client: AbortSignal, work: Work<T>): Promise<T> {
    if (this.lifecycle.draining) throw draining();
    if (session === undefined) return this.sessions.runDetached(client, work);
    this.arriving.begun(session);
    requireRoom(session, this.config.maxConcurrentRequests);
    const key = `jsonrpc:${JSON.stringify(id)}`;
    const signal = session.begin(key);
    const cancel = () => void session.cancel(key, cancelled());
    client.addEventListener('abort', cancel, { once: true });
    if (client.aborted) cancel();
    try {
      return await work(signal);
    } finally {
      client.removeEventListener('abort', cancel);
      session.end(key);
      if (session.isOpen) session.touch(this.clock.monotonicMs());
    }
  }
}

function draining(): ServerError {
  return new ServerError('server_draining', 'the server is going away; connect again later', {
    retryAfterMs: RETRY_WHEN_DRAINING_MS,
  });
}
