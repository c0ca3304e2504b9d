import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

import { type RequestId } from '@modelcontextprotocol/server';

import { type QueuedCall } from '../../resilience/queued-call.js';
import { type Abortable } from '../../shared/abortable.js';
import { type ServerError } from '../../shared/errors/index.js';
import { type WaitedCall } from '../../tools/tool.js';
import { type McpPeer } from './mcp-peer.js';
import { operationKey } from './operations.service.js';

/** A call that waits, or has waited, at the door of MCP: what its session holds for it until it is begun. */
export class HeldCall implements WaitedCall, Abortable {
  queued: QueuedCall;

  constructor(readonly workingDirectory: string | undefined) {}

  abort(reason: ServerError): void {
    this.queued.abort(reason);
  }
}

const alone = new AsyncLocalStorage<HeldCall>();
/** What ends the wait of one call is the end of another one, whose trace and credentials are none of its business. */
const outside = new AsyncResource('HeldCall');

/** Hands a call that has its place to the SDK, behind which `claimHeld` finds it. */
export function serveHeld<T>(call: HeldCall, serve: () => T): T {
  return outside.runInAsyncScope(() => alone.run(call, serve));
}

/**
 * By its session and id where there is a session: on a connection the SDK serves the messages that have come meanwhile in
 * the context of the one before. Without one each request has a server of its own, and a context.
 *
 * @returns nothing where the call has not waited, or is served already. Whoever gets it closes it.
 */
export function claimHeld({ session }: McpPeer, id: RequestId): HeldCall | undefined {
  const held = session === undefined ? alone.getStore() : session.held(operationKey(id));
  return held instanceof HeldCall && held.queued.claim() ? held : undefined;
}
