import { type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

import { rawWebSocket } from '../support/test-client.js';
import { close, OPCODE, type ReceivedFrame, takeFrame, text } from './frames.js';

/** What a server has said, in the terms of the cases. */
export type Answer =
  | { readonly pong: string }
  | { readonly message: string }
  | { readonly refused: string }
  | { readonly close: number }
  | { readonly unexpected: string };

/** A WebSocket whose client side is written byte by byte, and whose server side is read frame by frame. */
export class RawConnection {
  private readonly answers: Answer[] = [];
  private bytes: Buffer = Buffer.alloc(0);
  private readonly ended: Promise<void>;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async open(port: number): Promise<RawConnection> {
    return new RawConnection(await rawWebSocket(port));
  }

  /** @param chop bytes of one write; the next one waits for a turn of the event loop, so that it is a packet of its own */
  async send(frames: readonly Buffer[], chop?: number): Promise<void> {
    for (const frame of frames) {
      if (chop === undefined) this.socket.write(frame);
      else await this.sendChopped(frame, chop);
    }
  }

  /** @returns all that the server has said when it hangs up */
  async toTheEnd(): Promise<readonly Answer[]> {
    await this.ended;
    return this.answers;
  }

  /** Sends a last request. @returns what the server says before it answers this one, or hangs up */
  async upTo(request: Buffer, id: string): Promise<readonly Answer[]> {
    this.socket.write(text(request));
    const isLast = (answer: Answer) => 'message' in answer && answer.message === id;
    while (!this.answers.some(isLast) && !this.socket.closed) {
      await new Promise<void>((resolve) => {
        this.socket.once('data', () => resolve());
        this.socket.once('close', () => resolve());
      });
    }
    return this.answers.filter((answer) => !isLast(answer));
  }

  destroy(): void {
    this.socket.destroy();
  }

  private async sendChopped(frame: Buffer, chop: number): Promise<void> {
    for (let at = 0; at < frame.length && this.socket.writable; at += chop) {
      this.socket.write(frame.subarray(at, at + chop));
      await turn();
    }
  }

  private read(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    for (let taken = takeFrame(this.bytes); taken; taken = takeFrame(this.bytes)) {
      this.bytes = taken.rest;
      // Heartbeats come when their turn is.
      if (taken.frame.opcode !== OPCODE.ping) this.answers.push(answerOf(taken.frame));
      // The server hangs up once its close is answered.
      if (taken.frame.opcode === OPCODE.close && this.socket.writable) this.socket.write(close(1000));
    }
  }
}

function answerOf({ opcode, final, reserved, masked, payload }: ReceivedFrame): Answer {
  // RFC 6455, 5.1 and 5.2: a server never masks, and sets no bit that no extension has given a meaning.
  if (masked || !final || reserved !== 0) return { unexpected: `${opcode} ${reserved} ${masked} ${final}` };
  if (opcode === OPCODE.pong) return { pong: payload.toString('hex') };
  if (opcode === OPCODE.close) return { close: payload.length === 0 ? 1005 : payload.readUInt16BE(0) };
  if (opcode !== OPCODE.text) return { unexpected: `opcode ${opcode}` };
  const { type, id, error } = JSON.parse(payload.toString()) as {
    type: string;
    id: string;
    error?: { code: string };
  };
  return type === 'pong' ? { message: id } : { refused: error?.code ?? type };
}
