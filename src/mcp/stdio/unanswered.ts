import { type JSONRPCMessage, type RequestId } from '@modelcontextprotocol/server';

import { isNotification, isRequest } from '../core/message-kinds.js';

/** The requests of one connection that still wait for their answer. */
export class Unanswered {
  private readonly ids = new Set<RequestId>();
  private whenNone: (() => void) | undefined;

  received(message: JSONRPCMessage): void {
    if (isRequest(message)) {
      // Answered only when the connection ends.
      if (message.method !== 'subscriptions/listen') this.ids.add(message.id);
    } else if (isNotification(message) && message.method === 'notifications/cancelled') {
      const { requestId } = (message.params ?? {}) as { requestId?: RequestId };
      if (requestId !== undefined) this.settle(requestId);
    }
  }

  sent(message: JSONRPCMessage): void {
    if (!('method' in message) && message.id !== undefined) this.settle(message.id);
  }

  /** @returns settled when nothing waits any more, or after `timeoutMs` */
  async none(timeoutMs: number): Promise<void> {
    if (this.ids.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.whenNone = resolve;
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
  }

  settle(id: RequestId): void {
    this.ids.delete(id);
    if (this.ids.size === 0) this.whenNone?.();
  }
}
