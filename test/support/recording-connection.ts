import { type SessionConnection } from '../../src/sessions/session-connection.js';

/** The far end of a session, without a socket: remembers what it was told. */
export class RecordingConnection implements SessionConnection {
  readonly texts: string[] = [];
  pings = 0;
  closedWith: number | undefined;
  terminated = false;
  isOpen = true;
  isFlushed = true;
  bytesRead = 0;

  close(code: number): void {
    this.closedWith = code;
    this.isOpen = false;
  }

  terminate(): void {
    this.terminated = true;
    this.isOpen = false;
  }

  ping(): void {
    this.pings += 1;
  }

  sendText(text: string): void {
    if (this.isOpen) this.texts.push(text);
  }

  sendBytes(bytes: Buffer, start: number, end: number): void {
    this.sendText(bytes.toString('utf8', start, end));
  }

  offerText(text: string): void {
    this.sendText(text);
  }
}
