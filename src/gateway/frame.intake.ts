import { Inject, Injectable } from '@nestjs/common';

import { SessionRegistry } from '../sessions/session.registry.js';
import { type Session } from '../sessions/session.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { CLOSE } from '../shared/errors/index.js';
import { FloodGuard } from './flood.guard.js';
import { type GatewaySocket } from './gateway-socket.js';
import { JsonRpcIntake } from './json-rpc.intake.js';
import { MessageRouter } from './message.router.js';

/** Takes frames as they come off the socket: synchronous, and without a promise unless the handler makes one. */
@Injectable()
export class FrameIntake {
  constructor(
    private readonly flood: FloodGuard,
    private readonly router: MessageRouter,
    private readonly jsonRpc: JsonRpcIntake,
    private readonly sessions: SessionRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  frame(socket: GatewaySocket, data: Buffer, isBinary: boolean): void {
    const session = sessionOf(socket);
    if (session === undefined) return;
    session.messageCount += 1;
    session.continuity?.heard();
    session.lastHeardAt = this.clock.monotonicMs();
    if (!this.flood.admit(socket, session, data)) return;
    if (isBinary) return this.sessions.close(session, CLOSE.unsupportedData, 'binary frames are not served');
    const text = data.toString();
    if (!this.jsonRpc.take(socket, session, text)) this.router.route(socket, session, text);
  }

  /** A WebSocket ping of the client. */
  ping(socket: GatewaySocket, data: Buffer): void {
    const session = sessionOf(socket);
    if (session === undefined) return;
    session.lastHeardAt = this.clock.monotonicMs();
    if (this.flood.admitControl(socket, session)) socket.pong(data);
  }

  /** The answer to our WebSocket ping. One nobody asked for counts as well: a flood of them would never end. */
  pong(socket: GatewaySocket): void {
    const session = sessionOf(socket);
    if (session === undefined) return;
    session.beat(this.clock.monotonicMs());
    this.flood.admitControl(socket, session);
  }
}

/** Nothing where the session is ending, or has gone on to another socket. */
function sessionOf(socket: GatewaySocket): Session | undefined {
  const { session } = socket;
  return session !== undefined && session.isOpen && session.connection === socket ? session : undefined;
}
