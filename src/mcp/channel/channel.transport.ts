import { type JSONRPCMessage, type MessageExtraInfo, type Transport } from '@modelcontextprotocol/server';

import { type SessionConnection } from '../../sessions/session-connection.js';
import { isNotification } from '../core/message-kinds.js';

export type ChannelWire = Pick<SessionConnection, 'sendText' | 'offerText'>;

/** One JSON-RPC message per text frame, over whatever connection a session lives on. */
export class ChannelTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: <T extends JSONRPCMessage>(message: T, extra?: MessageExtraInfo) => void;

  constructor(private readonly wire: ChannelWire) {}

  start(): Promise<void> {
    return Promise.resolve();
  }

  /** Notifications may be missed by a reader that is behind; answers and questions may not. */
  send(message: JSONRPCMessage): Promise<void> {
    const text = JSON.stringify(message);
    if (isNotification(message)) this.wire.offerText(text);
    else this.wire.sendText(text);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.onclose?.();
    return Promise.resolve();
  }
}
