import { type Socket } from 'node:net';

import { WebSocket } from 'ws';

import { type McpChannel } from '../mcp/channel/mcp.channel.js';
import { type SessionConnection } from '../sessions/session-connection.js';
import { type Session } from '../sessions/session.js';
import { CLOSE } from '../shared/errors/index.js';
import { type Address } from './address.ledger.js';
import { asciiFrame } from './ascii-frame.js';
import { writeHeader } from './frame-header.js';

export const MCP_SUBPROTOCOL = 'mcp';

/** Share of the buffer above which a reader counts as behind. */
const BEHIND = 1 / 8;
/** A tenth of the shortest wait that a full queue asks for. */
const GATHERED_MS = 10;
const GATHERED_BYTES = 2 ** 16;

/** Told when a reader lets more wait than it may. */
export interface SlowReaders {
  readonly maxBufferedBytes: number;
  cut(socket: GatewaySocket): void;
}

/**
 * A socket of the gateway. It carries its session itself, so that finding it costs nothing, and sends what one read
 * brought about in one write: frames are held back until the current chunk of input has been worked off.
 */
export class GatewaySocket extends WebSocket implements SessionConnection {
  /** Set before the first frame is read; absent where the server had no place for it. */
  session: Session | undefined;
  /** The TCP connection beneath. */
  wire: Socket;
  address: Address | undefined;
  /** MCP on this socket, from the first JSON-RPC frame on. */
  mcp: McpChannel | undefined;
  slowReaders: SlowReaders;
  /** Frames refused by validation in a row. */
  refusedInRow = 0;
  /** Frames refused by the rate limit since one passed. */
  floodedInRow = 0;
  /** Their bytes. */
  floodedBytes = 0;
  resumeTimer: NodeJS.Timeout | undefined;
  private holding = false;
  /** Frames of refusals, a character a byte, that wait for each other. */
  private gathered = '';

  /** Whether nothing but MCP is spoken here: the client asked for the subprotocol. */
  get onlyMcp(): boolean {
    return this.protocol === MCP_SUBPROTOCOL;
  }

  get isOpen(): boolean {
    return this.readyState === WebSocket.OPEN;
  }

  get bytesRead(): number {
    return this.wire.bytesRead;
  }

  get isFlushed(): boolean {
    return this.bufferedAmount === 0;
  }

  get isBehind(): boolean {
    return this.bufferedAmount > this.slowReaders.maxBufferedBytes * BEHIND;
  }

  sendText(text: string): void {
    if (this.readyState !== WebSocket.OPEN) return;
    if (this.gathered !== '') this.sendGathered();
    if (this.bufferedAmount + text.length > this.slowReaders.maxBufferedBytes)
      return this.slowReaders.cut(this);
    if (!this.holding) this.hold();
    this.send(text);
  }

  /** Past `ws`, as it makes two buffers of a frame; it holds nothing back that was sent before. */
  sendBytes(bytes: Buffer, start: number, end: number): void {
    if (this.readyState !== WebSocket.OPEN) return;
    if (this.gathered !== '') this.sendGathered();
    if (this.bufferedAmount + end - start > this.slowReaders.maxBufferedBytes)
      return this.slowReaders.cut(this);
    if (!this.holding) this.hold();
    this.wire.write(bytes.subarray(writeHeader(bytes, start, end - start), end));
  }

  offerText(text: string): void {
    if (!this.isBehind) this.sendText(text);
  }

  /**
   * As `sendText`, for a refusal that asks the peer to wait. In an overload most answers are refusals, and a good part of what
   * one costs is writing it: those of a moment are one write, or go before whatever is sent until then.
   */
  sendRefusal(text: string): void {
    const frame = asciiFrame(text);
    if (frame === undefined) return this.sendText(text);
    if (this.readyState !== WebSocket.OPEN) return;
    if (this.gathered === '') setTimeout(sendGathered, GATHERED_MS, this);
    this.gathered += frame;
    if (this.gathered.length > GATHERED_BYTES) this.sendGathered();
  }

  /** @internal */
  sendGathered(): void {
    const frames = this.gathered;
    this.gathered = '';
    if (frames === '' || this.readyState !== WebSocket.OPEN) return;
    if (this.bufferedAmount + frames.length > this.slowReaders.maxBufferedBytes)
      return this.slowReaders.cut(this);
    if (!this.holding) this.hold();
    // Past `ws`, which would frame each of them anew; it holds nothing back that was sent before.
    this.wire.write(frames, 'latin1');
  }

  override ping(): void {
    if (this.readyState === WebSocket.OPEN) super.ping();
  }

  override close(code?: number, reason?: string | Buffer): void {
    this.sendGathered();
    super.close(code, reason);
    // Whoever showed no sign of life is not waited for: the close is sent, and the socket given back.
    if (code === CLOSE.heartbeatMissed) this.wire.destroySoon();
  }

  private hold(): void {
    this.holding = true;
    this.wire.cork();
    process.nextTick(release, this);
  }

  /** @internal */
  letGo(): void {
    this.holding = false;
    this.wire.uncork();
  }
}

function release(socket: GatewaySocket): void {
  socket.letGo();
}

function sendGathered(socket: GatewaySocket): void {
  socket.sendGathered();
}

/** Whether frames of the envelope dialect mean nothing to this session's client. */
export function speaksOnlyMcp({ connection }: Session): boolean {
  return connection.answersPings === false || (connection instanceof GatewaySocket && connection.onlyMcp);
}
