import { type SessionConnection } from '../../sessions/session-connection.js';

/** What a session sees of standard input and output: it is there until it is closed. */
export class StdioConnection implements SessionConnection {
  /** The peer is who started this process: it lives as long as the pipe. */
  readonly answersPings = false;
  private open = true;

  /** @param closed called once, whoever closes it */
  constructor(private readonly closed: () => void) {}

  get isOpen(): boolean {
    return this.open;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.closed();
  }

  terminate(): void {
    this.close();
  }

  /** Never called: see `answersPings`. */
  ping(): void {}

  /** Frames of the envelope dialect have no meaning here. */
  sendText(): void {}

  sendBytes(): void {}

  offerText(): void {}
}
