import { Injectable } from '@nestjs/common';

import { ServerError } from '../shared/errors/index.js';
import { type Session } from '../sessions/session.js';
import { type GatewaySocket } from './gateway-socket.js';
import { GatewayMetrics } from './gateway.metrics.js';
import { ErrorReply } from './error.reply.js';

/** Frames over the limit, in one burst, after which the socket is not read for a while. */
const PATIENCE = 64;
/** The same in bytes: each refused message is parsed for its id, so large ones cost more. */
const PATIENCE_BYTES = 2 ** 20;
const PAUSE_MS = 100;

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
      socket.floodedBytes = 0;
      return true;
    }
    const error = new ServerError('rate_limit_exceeded', 'too many frames; send again after retry_after_ms', {
      retryAfterMs: waitMs,
    });
    this.replies.answer(session, data, error);
    this.slowDown(socket, data.length);
    return false;
  }

  /**
   * A WebSocket ping or pong counts as a frame; a ping over the limit gets no pong.
   *
   * @returns whether it is within the limit
   */
  admitControl(socket: GatewaySocket, session: Session): boolean {
    if (session.frames.take() === 0) return true;
    this.slowDown(socket, 0);
    return false;
  }

  private slowDown(socket: GatewaySocket, bytes: number): void {
    this.metrics.frameLimited();
    socket.floodedInRow += 1;
    socket.floodedBytes += bytes;
    const isPatient = socket.floodedInRow < PATIENCE && socket.floodedBytes < PATIENCE_BYTES;
    if (isPatient || socket.resumeTimer !== undefined) return;
    socket.pause();
    socket.resumeTimer = setTimeout(resume, PAUSE_MS, socket);
  }
}

function resume(socket: GatewaySocket): void {
  socket.resumeTimer = undefined;
  socket.floodedInRow = 0;
  socket.floodedBytes = 0;
  socket.resume();
}
