import { type IncomingMessage, type Server } from 'node:http';
import { type Socket } from 'node:net';

import { Injectable } from '@nestjs/common';

/**
 * The connections that would hold the end of the server: idle ones, and those on which nothing was ever asked, which
 * Node does not take for idle (a browser opens them ahead, a client gives up before it has asked).
 */
@Injectable()
export class UnusedConnections {
  private readonly unasked = new Set<Socket>();
  private server: Server | undefined;
  private closed = false;

  /** Call once, before the server listens. */
  watch(server: Server): void {
    this.server = server;
    const hasAsked = ({ socket }: IncomingMessage) => void this.unasked.delete(socket);
    server.on('connection', (socket) => {
      if (this.closed) socket.destroy();
      else this.unasked.add(socket);
      socket.once('close', () => this.unasked.delete(socket));
    });
    server.on('request', hasAsked);
    server.on('upgrade', hasAsked);
  }

  /** Closes those on which nobody waits for an answer, and every one that comes from now on. */
  close(): void {
    this.closed = true;
    for (const socket of this.unasked) socket.destroy();
    this.server?.closeIdleConnections();
  }
}
