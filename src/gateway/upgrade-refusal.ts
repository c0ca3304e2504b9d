import { STATUS_CODES } from 'node:http';
import { type Duplex } from 'node:stream';

import { type ServerError } from '../shared/errors/index.js';
import { errorBody } from '../resilience/error-report.js';

/** An upgrade that is answered in HTTP instead. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused';

  constructor(
    readonly status: number,
    readonly error: ServerError,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(error.message, { cause: error });
  }
}

/** Answers in HTTP and ends the connection. A peer that is already gone is left alone. */
export function refuseUpgrade(socket: Duplex, { status, error, headers }: UpgradeRefused): void {
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify({ error: errorBody(error) });
  const lines = {
    Connection: 'close',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    ...(error.retryAfterMs !== undefined && { 'Retry-After': String(Math.ceil(error.retryAfterMs / 1_000)) }),
    ...headers,
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n${head.join('')}\r\n${body}`);
}
