import { Inject, Injectable } from '@nestjs/common';

import { GatewayConfig } from '../../config/sections/index.js';
import { Lifecycle } from '../../observability/lifecycle.service.js';
import { requireRoom } from '../../sessions/require-room.js';
import { type Session } from '../../sessions/session.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { type Abortable } from '../../shared/abortable.js';
import { ServerError } from '../../shared/errors/index.js';
import { ArrivingCalls } from './arriving-calls.service.js';
import { cancelled } from './cancelled-requests.js';
import { type McpPeer } from './mcp-peer.js';

const RETRY_WHEN_DRAINING_MS = 5_000;

type Work<T> = (signal: AbortSignal) => Promise<T>;

/** Under which a session knows what runs for a JSON-RPC request: apart from the ids of the envelope on the same socket. */
export function operationKey(id: string | number): string {
  return `jsonrpc:${JSON.stringify(id)}`;
}

/** A call that has waited at its door, as its session holds it. */
interface HeldOperation extends Abortable {
  readonly queued: { readonly reason: ServerError | undefined };
}

export interface McpOperation {
  /** The JSON-RPC id. */
  readonly id: string | number;
  /** Aborted where the client cancels. */
  readonly client: AbortSignal;
  /** Where the call has waited at its door: admitted already, and registered as what this takes the place of. */
  readonly held?: HeldOperation | undefined;
}

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
   * @throws ServerError `forbidden` (paused session), `temporary_resource_unavailable` (too many at once),
   *   `duplicate_request_id`, `server_draining`
   */
  async run<T>(peer: McpPeer, { id, client, held }: McpOperation, work: Work<T>): Promise<T> {
    const { session } = peer;
    if (this.lifecycle.draining && held === undefined) throw draining();
    if (session === undefined) {
      // It may have been ended between its place and here.
      if (held?.queued.reason !== undefined) throw held.queued.reason;
      return this.sessions.runDetached(client, work, held);
    }
    if (held === undefined) this.admit(session);
    const key = operationKey(id);
    const signal = session.begin(key, held);
    const cancel = () => void session.cancel(key, held?.queued.reason ?? cancelled());
    client.addEventListener('abort', cancel, { once: true });
    if (client.aborted || held?.queued.reason !== undefined) cancel();
    try {
      return await work(signal);
    } finally {
      client.removeEventListener('abort', cancel);
      session.end(key);
      if (session.isOpen) session.touch(this.clock.monotonicMs());
    }
  }

  private admit(session: Session): void {
    this.arriving.begun(session);
    requireRoom(session, this.config.maxConcurrentRequests);
  }
}

function draining(): ServerError {
  return new ServerError('server_draining', 'the server is going away; connect again later', {
    retryAfterMs: RETRY_WHEN_DRAINING_MS,
  });
}
