import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';

import { SessionRegistry } from '../sessions/session.registry.js';
import { type Session } from '../sessions/session.js';
import { CLOSE } from '../shared/errors/index.js';
import { AddressLedger } from './address.ledger.js';
import { AuthDeadline } from './auth.deadline.js';
import { toServerError } from '../resilience/error-report.js';
import { errorFrame, jsonRpcErrorFrame } from './error.mapper.js';
import { type GatewaySocket } from './gateway-socket.js';
import { type Admission } from './upgrade.gate.js';

/** Gives each new socket a session, or tells it that there is no place and closes it. */
@Injectable()
export class SocketAdmission implements BeforeApplicationShutdown {
  private readonly logger = new Logger(SocketAdmission.name);
  /** Sockets without a session, whose closing handshake still runs. */
  private readonly turnedAway = new Set<GatewaySocket>();

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly addresses: AddressLedger,
    private readonly deadline: AuthDeadline,
  ) {}

  beforeApplicationShutdown(): void {
    for (const socket of this.turnedAway) socket.terminate();
  }

  enter(socket: GatewaySocket, address: string, { principal }: Admission): void {
    socket.address = this.addresses.enter(address);
    try {
      socket.session = this.sessions.begin(socket, principal);
      this.deadline.watch(socket.session);
      this.logger.debug('Session opened', { session_id: socket.session.id });
    } catch (error) {
      this.turnedAway.add(socket);
      const full = toServerError(error, { sessionId: 'none' });
      socket.sendText(socket.onlyMcp ? jsonRpcErrorFrame(null, full) : errorFrame(null, full));
      socket.close(CLOSE.tryAgainLater, 'session_limit_reached');
    }
  }

  leave(socket: GatewaySocket, closeCode: number): void {
    clearTimeout(socket.resumeTimer);
    this.turnedAway.delete(socket);
    void socket.mcp?.close();
    socket.mcp = undefined;
    if (socket.address !== undefined) this.addresses.leave(socket.address);
    if (socket.session !== undefined) {
      this.logger.debug('Socket closed', { session_id: socket.session.id, close_code: closeCode });
      this.part(socket, socket.session);
    }
    socket.address = undefined;
    socket.session = undefined;
  }

  // A session that has gone on to another socket is none of this one's business any more.
  private part(socket: GatewaySocket, session: Session): void {
    if (session.connection !== socket) return;
    if (session.continuity !== undefined && session.isOpen) this.sessions.park(session);
    else this.sessions.forget(session);
  }
}
