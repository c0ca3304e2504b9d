import { type ServerResponse } from 'node:http';

import { type JSONRPCMessage } from '@modelcontextprotocol/server';

import { refuse } from './http-answer.js';

/**
 * The answer to one request, in one piece of JSON: a stream costs several writes, an event that is kept for later, and
 * as much time again as a quick tool needs. Where something has to be said before the answer, it becomes a stream after
 * all.
 */
export class OnePieceAnswer {
  constructor(
    private readonly response: ServerResponse,
    private readonly sessionId: string,
  ) {}

  /** @param last the answer itself, and no notification or question before it */
  send(message: JSONRPCMessage, last: boolean): void {
    if (last && !this.response.headersSent) return this.begin('application/json', JSON.stringify(message));
    if (!this.response.headersSent) this.begin('text/event-stream');
    this.response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
    if (last) this.response.end();
  }

  /** The session has ended before the request was answered. */
  abandon(): void {
    if (this.response.headersSent) this.response.end();
    else refuse(this.response, SESSION_ENDED);
  }

  private begin(contentType: string, body?: string): void {
    this.response.writeHead(200, {
      'Content-Type': contentType,
      'Cache-Control': 'no-cache, no-transform',
      'Mcp-Session-Id': this.sessionId,
      ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }),
    });
    if (body !== undefined) this.response.end(body);
  }
}

const SESSION_ENDED = {
  status: 404,
  code: -32001,
  message: 'Session not found: it has ended; send initialize again',
};
