import { type JSONRPCMessage, type Transport } from '@modelcontextprotocol/client';
import { WebSocket } from 'ws';

/** What the SDK's v2 client needs to speak MCP over a WebSocket; it ships no such transport. */
export class WebSocketClientTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  private readonly socket: WebSocket;

  constructor(url: string) {
    this.socket = new WebSocket(url, 'mcp');
  }

  start(): Promise<void> {
    this.socket.on('message', (data) => this.onmessage?.(JSON.parse(String(data)) as JSONRPCMessage));
    this.socket.on('close', () => this.onclose?.());
    return new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.on('error', (error) => {
        reject(error);
        this.onerror?.(error);
      });
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.socket.send(JSON.stringify(message));
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.close(1000);
    await closed;
  }
}
