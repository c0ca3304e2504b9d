import { type ServerResponse } from 'node:http';

import { type JSONRPCMessage } from '@modelcontextprotocol/server';

import { refuse, sendJson } from './http-answer.js';

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
    if (last && !this.response.headersSent) return this.sendWhole(JSON.stringify(message));
    if (!this.response.headersSent) this.beginStream();
    this.response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
    if (last) this.response.end();
  }

  /** @param answer JSON text */
  sendWhole(answer: string): void {
    sendJson(this.response, 200, answer, this.headers());
  }

  /** The session has ended before the request was answered. */
  abandon(): void {
    if (this.response.headersSent) this.response.end();
    else refuse(this.response, SESSION_ENDED);
  }

  private beginStream(): void {
    this.response.writeHead(200, { 'Content-Type': 'text/event-stream', ...this.headers() });
  }

  private headers() {
    return { 'Cache-Control': 'no-cache, no-transform', 'Mcp-Session-Id': this.sessionId };
  }
}

const SESSION_ENDED = {
  status: 404,
  code: -32001,
  message: 'Session not found: it has ended; send initialize again',
};
