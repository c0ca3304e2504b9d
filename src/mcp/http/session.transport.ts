import { type ServerResponse } from 'node:http';

import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import {
  type AuthInfo,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type RequestId,
} from '@modelcontextprotocol/server';

import { protocolError } from '../core/call-result.js';
import { cancelled } from '../core/cancelled-requests.js';
import { OnePieceAnswer } from './one-piece-answer.js';

/** What a request is answered that its client has cancelled. */
export function cancelledAnswer(id: RequestId) {
  const { code, message, data } = protocolError(cancelled());
  return { jsonrpc: '2.0' as const, id, error: { code, message, data } };
}

/** The SDK's transport of a session, which can answer a request in one piece as well. */
export class SessionTransport extends NodeStreamableHTTPServerTransport {
  private readonly answers = new Map<RequestId, OnePieceAnswer>();

  /** @returns false where another request of this id waits; nothing has been done then */
  serveInOnePiece(
    message: JSONRPCRequest,
    response: ServerResponse,
    authInfo: AuthInfo | undefined,
  ): boolean {
    const { id } = message;
    if (this.answers.has(id)) return false;
    this.answers.set(id, new OnePieceAnswer(response, this.sessionId ?? ''));
    this.onmessage?.(message, authInfo === undefined ? {} : { authInfo });
    return true;
  }

  override async send(message: JSONRPCMessage, options?: { relatedRequestId?: RequestId }): Promise<void> {
    const isAnswer = !('method' in message);
    const id = isAnswer ? message.id : options?.relatedRequestId;
    const answer = id === undefined ? undefined : this.answers.get(id);
    if (id === undefined || answer === undefined) return super.send(message, options);
    if (isAnswer) this.answers.delete(id);
    answer.send(message, isAnswer);
  }

  /**
   * Answers a request that the client has cancelled, as the SDK does not: its HTTP request would wait as long as the
   * session lives, and keep it in use. Does nothing where none of this id waits.
   */
  async endCancelled(id: RequestId): Promise<void> {
    await this.send(cancelledAnswer(id)).catch(() => undefined);
  }

  override async close(): Promise<void> {
    for (const answer of this.answers.values()) answer.abandon();
    this.answers.clear();
    await super.close();
  }
}
