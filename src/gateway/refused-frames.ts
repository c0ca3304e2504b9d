import { Injectable } from '@nestjs/common';

import { ValidationConfig } from '../config/sections/index.js';
import { type Session } from '../sessions/session.js';
import { ServerError } from '../shared/errors/index.js';
import { ErrorReply } from './error.reply.js';
import { type GatewaySocket } from './gateway-socket.js';

/** Ends sockets whose peer does not speak the protocol: too many refused frames with no valid one between them. */
@Injectable()
export class RefusedFrames {
  constructor(
    private readonly config: ValidationConfig,
    private readonly replies: ErrorReply,
  ) {}

  /** Call after the frame itself has been answered. */
  count(socket: GatewaySocket, session: Session): void {
    socket.refusedInRow += 1;
    if (socket.refusedInRow < this.config.maxConsecutiveFailures || !session.isOpen) return;
    const message = 'too many invalid messages in a row; read docs/protocol.md and connect again';
    this.replies.send(session, null, new ServerError('protocol_violation', message));
  }
}
