import { type EventEmitter } from 'node:events';
import { type IncomingMessage } from 'node:http';

import { Logger } from '@nestjs/common';
import { type OnGatewayConnection, type OnGatewayDisconnect, WebSocketGateway } from '@nestjs/websockets';

import { GatewayConfig } from '../config/sections/index.js';
import { SessionRegistry } from '../sessions/session.registry.js';
import { CLOSE } from '../shared/errors/index.js';
import { FrameIntake } from './frame.intake.js';
import { type GatewaySocket, type SlowReaders } from './gateway-socket.js';
import { GatewayMetrics } from './gateway.metrics.js';
import { SocketAdmission } from './socket.admission.js';
import { type Admission } from './upgrade.gate.js';

type Listener = (this: GatewaySocket, ...args: never[]) => void;

/**
 * The WebSocket edge. It joins sockets to sessions and listens to them with functions shared by all, so that a
 * socket costs what `ws` itself costs and little more. The adapter decides on upgrades, the router on messages.
 */
@WebSocketGateway({ path: '/ws' })
export class EnvelopeGateway
  implements OnGatewayConnection<GatewaySocket>, OnGatewayDisconnect<GatewaySocket>
{
  private readonly logger = new Logger(EnvelopeGateway.name);
  private readonly slowReaders: SlowReaders;
  private readonly listeners: Readonly<Record<string, Listener>>;

  constructor(
    config: GatewayConfig,
    private readonly sessions: SessionRegistry,
    private readonly admission: SocketAdmission,
    private readonly metrics: GatewayMetrics,
    intake: FrameIntake,
  ) {
    this.slowReaders = { maxBufferedBytes: config.maxBufferedBytes, cut: (socket) => this.cut(socket) };
    const { logger, sessions: registry } = this;
    this.listeners = {
      message(data: Buffer, isBinary: boolean) {
        intake.frame(this, data, isBinary);
      },
      ping(data: Buffer) {
        intake.ping(this, data);
      },
      pong() {
        intake.pong(this);
      },
      // `ws` has closed the socket with the right code (1002, 1007, 1009) before it tells.
      error(error: Error & { code?: string }) {
        logger.debug('Socket failed', { session_id: this.session?.id, reason: error.code ?? error.name });
        if (this.session?.connection !== this) return;
        this.session.fail();
        registry.close(this.session, CLOSE.policyViolation, 'socket failed');
      },
    };
  }

  handleConnection(socket: GatewaySocket, request?: IncomingMessage, admission?: Admission): void {
    if (request === undefined || admission === undefined) return socket.terminate();
    socket.wire = request.socket;
    socket.slowReaders = this.slowReaders;
    for (const [event, listener] of Object.entries(this.listeners))
      (socket as EventEmitter).on(event, listener as (...args: unknown[]) => void);
    this.admission.enter(socket, request.socket.remoteAddress ?? '', admission);
  }

  handleDisconnect(socket: GatewaySocket, code?: unknown): void {
    this.metrics.socketClosed(Number(code));
    this.admission.leave(socket, Number(code));
  }

  private cut(socket: GatewaySocket): void {
    if (socket.session?.connection !== socket) return socket.terminate();
    this.logger.warn('Session closed: its reader is too slow', { session_id: socket.session.id });
    this.sessions.disconnect(socket.session, CLOSE.policyViolation, 'reader too slow');
  }
}
