import { Injectable } from '@nestjs/common';

import { ServerError } from '../shared/errors/index.js';
import { type Session } from '../sessions/session.js';
import { type GatewaySocket } from './gateway-socket.js';
import { GatewayMetrics } from './gateway.metrics.js';
import { identifierIn } from './message-id.js';
import { ErrorReply } from './error.reply.js';

/** Frames over the limit, in one burst, after which the socket is not read for a while. */
const PATIENCE = 64;
const PAUSE_MS = 100;
/** Above this a frame is not parsed only to tell its sender which id was refused. */
const CHEAP_BYTES = 1_024;

/**
 * What happens to frames over the rate limit. Each is answered; a peer that does not slow down is read more slowly, so
 * that TCP holds its flood back and other sessions have the processor.
 */
@Injectable()
export class FloodGuard {
  constructor(
    private readonly replies: ErrorReply,
    private readonly metrics: GatewayMetrics,
  ) {}

  /** @returns whether the frame may pass; if not, it has been answered */
  admit(socket: GatewaySocket, session: Session, data: Buffer): boolean {
    const waitMs = session.frames.take();
    if (waitMs === 0) {
      socket.floodedInRow = 0;
      return true;
    }
    const error = new ServerError('rate_limit_exceeded', 'too many frames; send again after retry_after_ms', {
      retryAfterMs: waitMs,
    });
    this.replies.send(session, data.length <= CHEAP_BYTES ? identifierIn(data) : null, error);
    this.slowDown(socket);
    return false;
  }

  /** A WebSocket ping counts as a frame; one over the limit gets no pong. @returns whether to answer it */
  admitPing(socket: GatewaySocket, session: Session): boolean {
    if (session.frames.take() === 0) return true;
    this.slowDown(socket);
    return false;
  }

  private slowDown(socket: GatewaySocket): void {
    this.metrics.frameLimited();
    socket.floodedInRow += 1;
    if (socket.floodedInRow < PATIENCE || socket.resumeTimer !== undefined) return;
    socket.pause();
    socket.resumeTimer = setTimeout(resume, PAUSE_MS, socket);
  }
}

function resume(socket: GatewaySocket): void {
  socket.resumeTimer = undefined;
  socket.floodedInRow = 0;
  socket.resume();
}
