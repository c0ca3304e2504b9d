/** What a session needs of the socket it lives on. Sessions know nothing else of sockets. */
export interface SessionConnection {
  /** False from the moment the closing began, on either side. */
  readonly isOpen: boolean;
  /** False where the peer cannot be asked for a sign of life and lives by what it sends, as over HTTP. */
  readonly answersPings?: boolean;
  /** Whether the peer already reads too slowly for what may be missed. */
  readonly isBehind?: boolean;
  /** Whether nothing of what it was sent waits for the peer any more. Absent where that is not known. */
  readonly isFlushed?: boolean;
  /** Of everything, half a message included: proof that the peer lives. Absent where no wire is its own. */
  readonly bytesRead?: number;
  /** Starts the closing handshake; a peer that does not answer is cut by the connection itself. */
  close(code: number, reason: string): void;
  /** Cuts the connection at once. */
  terminate(): void;
  /** Asks the peer for a sign of life; never called where `answersPings` is false. */
  ping(): void;
  /** Queues one text frame; a frame for a connection that is not open is dropped. */
  sendText(text: string): void;
  /** Like `sendText`, of UTF-8 from `start` to `end`. It may write into the `HEADROOM_BYTES` before; all stays until `isFlushed`. */
  sendBytes(bytes: Buffer, start: number, end: number): void;
  /** Like `sendText`, for what may be missed: dropped where the peer already reads too slowly. */
  offerText(text: string): void;
}
